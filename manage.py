#!/usr/bin/env python3
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")
    from django.core.management import execute_from_command_line

    from rounds_site.environment import or_stop

    or_stop()
    execute_from_command_line(sys.argv)
