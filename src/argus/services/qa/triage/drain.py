"""Templates of messages: what differs between messages of one kind becomes `<*>`.

Drain (He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017):
messages are put into groups by their number of words and their first word, and join the most
similar template of their group, if that is similar enough.
"""

import re
from dataclasses import dataclass

WILDCARD = "<*>"
_LIKENESS = 0.6
"""Share of equal words in one place; Drain's authors use 0.4 to 0.6."""
_WORD = re.compile(r'"[^"]*"\S*|\S+')


@dataclass(eq=False)
class Template:
    """A kind of message; its words change while messages come in."""

    words: list[str]

    def __str__(self) -> str:
        return " ".join(self.words)


class Drain:
    """The templates of the messages so far. The same messages in the same order give the same."""

    def __init__(self) -> None:
        self._groups: dict[tuple[int, str], list[Template]] = {}

    def template_of(self, message: str) -> Template:
        """The template that the message belongs to, made more general where it has to be."""
        words = [_variable(word) for word in _WORD.findall(message)]
        group = self._groups.setdefault((len(words), words[0] if words else ""), [])
        best = max(group, key=lambda each: _likeness(each.words, words), default=None)
        if best is None or _likeness(best.words, words) < _LIKENESS:
            best = Template(words)
            group.append(best)
        else:
            best.words = [
                one if one == other else WILDCARD
                for one, other in zip(best.words, words, strict=True)
            ]
        return best


def _variable(word: str) -> str:
    """Words with a number in them, and quoted data of the test, differ from case to case."""
    return WILDCARD if any(c.isdigit() for c in word) or "${" in word else word


def _likeness(template: list[str], words: list[str]) -> float:
    equal = sum(one == other for one, other in zip(template, words, strict=True))
    return equal / len(words) if words else 1.0
