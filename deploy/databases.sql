-- Run once, as a superuser: the role that migrations run as and that makes the others (no superuser), and its databases.
-- Then give it a password: \password rounds
CREATE ROLE rounds LOGIN CREATEROLE;
-- So that no form that fails ever stands in the server's log; before PostgreSQL 15 make_roles says what to say instead.
SELECT :SERVER_VERSION_NUM >= 150000 AS may_be_granted \gset
\if :may_be_granted
GRANT SET ON PARAMETER log_min_error_statement TO rounds;
\endif
CREATE DATABASE rounds OWNER rounds;
CREATE DATABASE rounds_box OWNER rounds;
