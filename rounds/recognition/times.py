"""When it was, and how old somebody is: dates, and ages over 89."""

import re

from rounds.recognition.words import COUNTED

UNITS = "first second third fourth fifth sixth seventh eighth ninth".split()
TEENS = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()
SPELT_DAY = "|".join(
    [*(f"twenty[ -]{unit}" for unit in UNITS), "thirty[ -]first", "twentieth", "thirtieth", *UNITS, *TEENS]
)
NUMBER = r"(?:[12]\d|3[01]|0?[1-9])"
ORDINAL = rf"(?:{NUMBER} ?(?:st|nd|rd|th)|{SPELT_DAY})"
DAY = rf"(?:{ORDINAL}|{NUMBER})"
# Asked first, for most words of a text begin otherwise.
BEGINS_A_DAY = r"(?=[\defnst])"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
YEAR = r"(?:(?:,|\.| of)? ?'?(?:(?:19|20)\d\d|\d\d)(?![\d:.]\d|\d))"
WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
ENDS = r"(?![\w'])"
SOMETHING_ELSE = rf"(?!\d|[:.]\d| ?[%:]| ?(?:am|pm)\b| (?:of us|to \d)|[ -]{COUNTED})"

SURE = [
    re.compile(r"(?<![\d/.-])(\d{1,2}) ?([/.-]) ?(\d{1,2}) ?\2 ?(?:\d{4}|\d{2})(?![\d/])"),
    re.compile(r"(?<!\d)(?:18|19|20)\d\d([-/.])\d{1,2}\1\d{1,2}(?!\d)"),
    re.compile(rf"\b{BEGINS_A_DAY}{DAY} (?:of )?{MONTH}\b(?:{YEAR})?"),
    re.compile(rf"\b{MONTH}\b\.?,? (?:the )?(?:{ORDINAL}{ENDS}|{NUMBER}{SOMETHING_ELSE}{ENDS})(?:,? (?:19|20)\d\d\b)?"),
    re.compile(rf"\b{MONTH}\b,? (?:of )?(?:19|20)\d\d\b"),
    re.compile(
        rf"\b{WEEKDAY}\b\.?,? (?:the )?(?:{DAY} (?:of )?{MONTH}\b(?:{YEAR})?|{ORDINAL}{ENDS}"
        rf"|{NUMBER}{ENDS}{SOMETHING_ELSE}(?=[,;.!?)]|$|\n| (?:and|when|we|was|it|she|he|they)\b))"
    ),
    re.compile(
        r"\b(?:christmas (?:day|eve)|boxing day|new year's (?:day|eve)|good friday|easter (?:sunday|monday)"
        r"|bonfire night|hallowe'?en)\b(?: (?:19|20)\d\d\b)?"
    ),
    re.compile(rf"(?<=\bthe ){NUMBER}(?:st|nd|rd|th)(?=[,;.!?)]|$|\n| (?:and|when|we|was|it|she|he|they|at|in the)\b)"),
]
DAY_AND_MONTH = re.compile(
    rf"(?:\b(?:on|since|from|until|till|by|before|after|dated|date|night of|morning of|the)|{WEEKDAY})[,:]? "
    r"(\d{1,2}[/.-]\d{1,2})(?![\d/%]|[.-]\d| ?(?:of|am|pm|days?|weeks?|hours?)\b)"
)
SMALL_WORD = re.compile(r"\b(?:may|march|mar|sat|sun|wed|mon|fri)\b")
HOLDS_ORDINAL = re.compile(rf"{ORDINAL}{ENDS}")

ONES = "one two three four five six seven eight nine".split()
TO_NINETEEN = [*ONES, *"ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()]
OLD = (
    rf"(?:9\d|1[0-2]\d|ninety(?:[ -](?:{'|'.join(ONES)}))?|(?:(?:a|one) )?hundred(?: and (?:{'|'.join(TO_NINETEEN)}))?)"
)
NOT_YEARS = rf"(?!\d|[.,:/]\d| ?%|[ -]{COUNTED})"
AGES = [
    re.compile(rf"(?<![\d.,])\b{OLD}[ -]{{0,3}}(?:years?[ -]old|year[ -]olds?|y/?o|yrs?(?:[ -]old)?|years of age)\b"),
    re.compile(
        rf"\b(?:aged?:?|age of|turn(?:ed|ing)|(?:man|woman|lady|gentleman|patient) of|reach(?:ed|ing)|lived to(?: be)?"
        rf"|died at|birthday,) (?:about |nearly |almost |over )?{OLD}\b{NOT_YEARS}"
    ),
    re.compile(
        rf"\b(?:she|he|they|who|mum|dad|gran|nan|mother|father|grandmother|grandfather)"
        rf"(?:'s| is| was| were|'d be| would be|, now) (?:now |nearly |almost |only |already |just |then |over )?{OLD}"
        rf"(?=\s*(?:[,;.!?)]|$|-"
        rf"| (?:and|when|with|but|then|now)\b)){NOT_YEARS}"
    ),
    re.compile(r"\b(?:(?:her|his|their) (?:early |mid[ -]|late )?|(?:early|mid|late)[ -])(?:nineties|90'?s)\b"),
    re.compile(
        r"\b(?:9\d(?:st|nd|rd|th)|1[0-2]\d(?:st|nd|rd|th)|ninetieth|ninety[ -][a-z]{3,8}(?:st|nd|rd|th)|hundredth)"
        r" birthday\b"
    ),
    re.compile(r"\b(?:super)?(?:centenarian|nonagenarian)s?\b"),
]


def found(plain):
    for rule in SURE:
        for match in rule.finditer(plain.low):
            if _is_a_day(plain, match):
                yield (*match.span(), "date")
    for match in DAY_AND_MONTH.finditer(plain.low):
        day, month = (int(part) for part in re.split("[/.-]", match[1]))
        if day <= 31 and 1 <= month <= 12 and (day, month) != (24, 7):
            yield (*match.span(1), "date")
    for rule in AGES:
        for match in rule.finditer(plain.low):
            yield (*match.span(), "age")


def _is_a_day(plain, match):
    """“4 may” and “sat 3” are words of a sentence; with a capital, an ordinal or a year they are days."""
    if match.re is SURE[0]:
        return int(match[1]) <= 31 and int(match[3]) <= 31
    word = SMALL_WORD.search(match[0])
    if not word or not plain.text[match.start() + word.start()].islower():
        return True
    if word[0] == "may":
        return "of may" in match[0]
    return bool(HOLDS_ORDINAL.search(match[0]))
