"""HTML as a list of what counts: tags with their attributes in no order, and words with single spaces."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self, ids, ignored):
        super().__init__()
        self.ids, self.ignored, self.read = ids, ignored, []

    def handle_starttag(self, tag, attrs):
        kept = {name: self._value(name, value or "") for name, value in attrs if name not in self.ignored}
        self.read.append((tag, tuple(sorted(kept.items()))))

    def handle_endtag(self, tag):
        self.read.append((f"/{tag}",))

    def handle_data(self, data):
        words = " ".join(data.split())
        if words:
            self.read.append(words)

    def _value(self, name, value):
        if name == "class":
            return " ".join(sorted(value.split()))
        return " ".join(self.ids.get(word, word) for word in value.split())


def read(html, ids=None, ignored=("aria-invalid",)):
    """Names of `ids` are put in the place of ours; aria-invalid is Django's own addition."""
    reader = _Reader(ids or {}, ignored)
    reader.feed(str(html))
    return reader.read
