"""How every web server of the portal is run: by manage.py portal, by systemd and in a container. HOST and PORT say
where it listens; WEB_CONCURRENCY, which is gunicorn's own, how many processes it has (1)."""

import os

host, port = os.environ.get("HOST", "").strip() or "127.0.0.1", os.environ.get("PORT", "").strip() or "8000"
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
# Loaded once, before anybody can connect: while a web server starts a proxy goes on to the next at once, and its
# processes share what they hold alike. So a new release needs a restart; a reload (HUP) would keep the old one.
preload_app = True
worker_class = "gthread"
threads = 8
timeout = 60
# Less than what systemd and a container wait before they kill.
graceful_timeout = 8
loglevel = "warning"
# It writes its heartbeat each second: not to a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a file without a name)
# 27 would open a control socket in the home directory, shared by all portals of one user.
control_socket_disable = True
