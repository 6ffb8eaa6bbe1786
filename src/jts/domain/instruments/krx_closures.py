"""When the Korea Exchange was closed, opened late, or kept other hours: dates as data, 1998 to 2026.

Weekday closures and late days were derived once, offline, from the XKRX calendar of exchange_calendars 4.13.2
(Apache-2.0; facts of dates). What that calendar lacks is in the tables below it, each line with its source; a
test compares the two and lists the differences. Announced late (elections, temporary holidays): read the
broker's list when one is connected.
"""

from __future__ import annotations

from datetime import date

FIRST_YEAR = 1998
LAST_YEAR = 2026

# Weekdays without a session, as MMDD.
_CLOSED_WEEKDAYS: dict[int, str] = {
    1998: "0101 0102 0127 0128 0129 0501 0505 0717 1005 1006 1225 1229 1230 1231",
    1999: "0101 0215 0216 0217 0301 0405 0505 0923 0924 1229 1230 1231",
    2000: "0103 0204 0301 0405 0413 0501 0505 0511 0606 0717 0815 0911 0912 0913 1003 1225 1227 1228 1229",
    2001: "0101 0123 0124 0125 0301 0405 0501 0606 0717 0815 1001 1002 1003 1225 1231",
    2002: "0101 0211 0212 0213 0301 0405 0501 0606 0613 0701 0717 0815 0920 1003 1219 1225 1231",
    2003: "0101 0131 0501 0505 0508 0606 0717 0815 0910 0911 0912 1003 1225 1231",
    2004: "0101 0121 0122 0123 0301 0405 0415 0505 0526 0927 0928 0929 1231",
    2005: "0208 0209 0210 0301 0405 0505 0606 0815 0919 1003 1230",
    2006: "0130 0301 0501 0505 0531 0606 0717 0815 1003 1005 1006 1225 1229",
    2007: "0101 0219 0301 0501 0524 0606 0717 0815 0924 0925 0926 1003 1219 1225 1231",
    2008: "0101 0206 0207 0208 0409 0501 0505 0512 0606 0815 0915 1003 1225 1231",
    2009: "0101 0126 0127 0501 0505 1002 1225 1231",
    2010: "0101 0215 0301 0505 0521 0602 0921 0922 0923 1231",
    2011: "0202 0203 0204 0301 0505 0510 0606 0815 0912 0913 1003 1230",
    2012: "0123 0124 0301 0411 0501 0528 0606 0815 1001 1003 1219 1225 1231",
    2013: "0101 0211 0301 0501 0517 0606 0815 0918 0919 0920 1003 1009 1225 1231",
    2014: "0101 0130 0131 0501 0505 0506 0604 0606 0815 0908 0909 0910 1003 1009 1225 1231",
    2015: "0101 0218 0219 0220 0501 0505 0525 0814 0928 0929 1009 1225 1231",
    2016: "0101 0208 0209 0210 0301 0413 0505 0506 0606 0815 0914 0915 0916 1003 1230",
    2017: "0127 0130 0301 0501 0503 0505 0509 0606 0815 1002 1003 1004 1005 1006 1009 1225 1229",
    2018: "0101 0215 0216 0301 0501 0507 0522 0606 0613 0815 0924 0925 0926 1003 1009 1225 1231",
    2019: "0101 0204 0205 0206 0301 0501 0506 0606 0815 0912 0913 1003 1009 1225 1231",
    2020: "0101 0124 0127 0415 0430 0501 0505 0817 0930 1001 1002 1009 1225 1231",
    2021: "0101 0211 0212 0301 0505 0519 0816 0920 0921 0922 1004 1011 1231",
    2022: "0131 0201 0202 0301 0309 0505 0601 0606 0815 0909 0912 1003 1010 1230",
    2023: "0123 0124 0301 0501 0505 0529 0606 0815 0928 0929 1002 1003 1009 1225 1229",
    2024: "0101 0209 0212 0301 0410 0501 0506 0515 0606 0815 0916 0917 0918 1001 1003 1009 1225 1231",
    2025: "0101 0127 0128 0129 0130 0303 0501 0505 0506 0603 0606 0815 1003 1006 1007 1008 1009 1225 1231",
    2026: "0101 0216 0217 0218 0302 0501 0505 0525 0817 0924 0925 1005 1009 1225 1231",
}

# Closed days that exchange_calendars 4.13.2 holds for sessions.
_CLOSED_TOO = (
    # Local elections; Constitution Day, a public holiday again since 2026. Source: stack.md section 10 (KRX's
    # list of 17 closed weekdays for 2026).
    date(2026, 6, 3),
    date(2026, 7, 17),
)

# The college entrance examination: the regular session one hour later, opening and close alike.
_EXAM_DAYS = (
    date(1998, 11, 18), date(1999, 11, 17), date(2000, 11, 15), date(2001, 11, 7),
    date(2002, 11, 6), date(2003, 11, 5), date(2004, 11, 17), date(2005, 11, 23),
    date(2006, 11, 16), date(2007, 11, 15), date(2008, 11, 13), date(2009, 11, 12),
    date(2010, 11, 18), date(2011, 11, 10), date(2012, 11, 8), date(2013, 11, 7),
    date(2014, 11, 13), date(2015, 11, 12), date(2016, 11, 17), date(2017, 11, 16),
    date(2017, 11, 23), date(2018, 11, 15), date(2019, 11, 14), date(2020, 12, 3),
    # Not in exchange_calendars 4.13.2. Source: the examination dates as announced by the education ministry;
    # 2025 and 2026 also in stack.md section 10.
    date(2021, 11, 18), date(2022, 11, 17), date(2023, 11, 16), date(2024, 11, 14), date(2025, 11, 13),
    date(2026, 11, 19),
)  # fmt: skip

# Regular hours (open, close) in minutes after midnight in Seoul, from a date on. Same source as the closures.
REGULAR_HOURS: tuple[tuple[date, int, int], ...] = (
    (date.min, 9 * 60 + 30, 15 * 60),
    (date(1998, 12, 7), 9 * 60, 15 * 60),
    (date(2016, 8, 1), 9 * 60, 15 * 60 + 30),
)
LATE_BY_MIN = 60
FIRST_DAY_OPENS_MIN = 10 * 60
# From 1999 on, the year's first session opens at 10:00 and closes at the usual hour.
FIRST_DAY_LATE_FROM_YEAR = 1999
FIRST_DAY_NOT_LATE_YEARS: frozenset[int] = frozenset({2000})  # as exchange_calendars has it

# Public holidays on fixed dates, for years whose list is not yet known (an estimate, and said to be one).
_FIXED_HOLIDAYS = ("0101", "0301", "0501", "0505", "0606", "0717", "0815", "1003", "1009", "1225", "1231")

CLOSED_WEEKDAYS: frozenset[date] = frozenset(
    date(year, int(day[:2]), int(day[2:])) for year, days in _CLOSED_WEEKDAYS.items() for day in days.split()
) | frozenset(_CLOSED_TOO)
EXAM_DAYS: frozenset[date] = frozenset(_EXAM_DAYS)
FIXED_HOLIDAYS: frozenset[tuple[int, int]] = frozenset((int(d[:2]), int(d[2:])) for d in _FIXED_HOLIDAYS)
