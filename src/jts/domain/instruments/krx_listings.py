"""What is listed on the Korea Exchange, as far as this house ships it: code, Korean name, board, kind.

A small table, so that names, taxes and tick grids are right without a broker. A connected broker's master
file is the truth for everything else; a code that is not here is taken for a KOSPI stock under its own
number.
"""

from __future__ import annotations

from dataclasses import dataclass

KOSPI = "KOSPI"
KOSDAQ = "KOSDAQ"


@dataclass(frozen=True, slots=True, kw_only=True)
class KrxListing:
    """One listed name. `kind` is `stock` or `etf`; `board` is KOSPI or KOSDAQ (ETFs are listed on KOSPI)."""

    code: str
    name: str
    kind: str = "stock"
    board: str = KOSPI


def listing(code: str) -> KrxListing:
    """The listing under this code; an unknown code is a KOSPI stock named by its number."""
    return _LISTINGS.get(code) or KrxListing(code=code, name=code)


def listed_codes() -> tuple[str, ...]:
    """The codes known by name, ascending."""
    return tuple(sorted(_LISTINGS))


# Names and kinds: the project's symbol list, read 2026-11. Boards: KRX as of 2026; names that moved boards
# (Kakao in 2017, Celltrion in 2018) carry their present one.
_STOCKS_KOSPI = {
    "000270": "기아", "000660": "SK하이닉스", "000810": "삼성화재", "003550": "LG", "005380": "현대차",
    "005490": "POSCO홀딩스", "005930": "삼성전자", "006400": "삼성SDI", "009150": "삼성전기",
    "010130": "고려아연", "011170": "롯데케미칼", "011200": "HMM", "012330": "현대모비스",
    "015760": "한국전력", "017670": "SK텔레콤", "018260": "삼성SDS", "028260": "삼성물산", "030200": "KT",
    "034730": "SK", "035420": "NAVER", "035720": "카카오", "051910": "LG화학", "066570": "LG전자",
    "068270": "셀트리온", "096770": "SK이노베이션", "105560": "KB금융", "207940": "삼성바이오로직스",
}  # fmt: skip
_STOCKS_KOSDAQ = {"247540": "에코프로비엠"}
_ETFS = {
    "069500": "KODEX 200", "114800": "KODEX 인버스", "122630": "KODEX 레버리지",
    "396500": "TIGER Fn반도체TOP10",
}  # fmt: skip

_LISTINGS: dict[str, KrxListing] = {
    **{code: KrxListing(code=code, name=name) for code, name in _STOCKS_KOSPI.items()},
    **{code: KrxListing(code=code, name=name, board=KOSDAQ) for code, name in _STOCKS_KOSDAQ.items()},
    **{code: KrxListing(code=code, name=name, kind="etf") for code, name in _ETFS.items()},
}
