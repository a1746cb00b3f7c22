"""Dispatches without end, as a worker does whose bell keeps ringing."""

import time

import django


def main():
    django.setup()
    # Models can be imported only now.
    from members.actions import correspondence

    watch = correspondence.Watch()
    while True:
        correspondence.run(watch=watch)
        time.sleep(0.2)


if __name__ == "__main__":
    main()
