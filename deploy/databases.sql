-- Run once, as a superuser: the role that migrations run as and that makes the others (no superuser), and its databases.
-- Then give it a password: \password rounds
CREATE ROLE rounds LOGIN CREATEROLE;
CREATE DATABASE rounds OWNER rounds;
CREATE DATABASE rounds_box OWNER rounds;
