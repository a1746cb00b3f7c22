"""The steps of handing one letter over, by name, in their order: after each a dispatcher can be killed or stopped."""

CLAIMED = "claimed"
READ = "read"
COMPOSED = "composed"
CONNECTED = "connected"
RECIPIENT = "recipient"
BODY = "body"
LOCKED = "locked"
HANDING_WRITTEN = "handing written"
HANDING = "handing"
DOT = "dot"
ANSWERED = "answered"
SENT = "sent"

STEPS = [CLAIMED, READ, COMPOSED, CONNECTED, RECIPIENT, BODY, LOCKED, HANDING_WRITTEN, HANDING, DOT, ANSWERED, SENT]
# From the commit of *handing* to that of *sent* nobody can know by the rows alone; the relay had the whole letter from
# the dot on.
NOBODY_KNOWS = [HANDING, DOT, ANSWERED]
