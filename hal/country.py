"""What the Si3050 must be told for each country's exchange lines: the manufacturer's table, as data.

source  Si3050 data sheet Rev 1.5 table 13; hybrid presets as published by the manufacturer
"""

from __future__ import annotations

from dataclasses import dataclass

from hal.types import Balance

Hybrid = tuple[int, int, int, int, int, int, int, int]

HYBRID_600: Hybrid = (0, 254, 0, 1, 255, 1, 0, 0)
HYBRID_TBR21: Hybrid = (4, 246, 242, 4, 254, 255, 1, 255)  # 270 ohm + (750 ohm || 150 nF)
HYBRID_CHINA: Hybrid = (4, 245, 243, 7, 253, 0, 1, 255)  # 200 ohm + (680 ohm || 100 nF)
HYBRID_220: Hybrid = (4, 244, 241, 6, 253, 255, 2, 255)  # 220 ohm + (820 ohm || 120 nF)


# R30 ACIM, by number
IMPEDANCES = (
    "600", "900", "270+(750||150n)", "220+(820||120n)", "370+(620||310n)", "320+(1050||230n)",
    "370+(820||110n)", "275+(780||115n)", "120+(820||110n)", "350+(1000||210n)", "200+(680||100n)",
    "600+2.16u", "900+1u", "900+2.16u", "600+1u", "global",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineProfile:
    """Register values of one country group."""

    intl1: int  # R16: OHS, RZ, RT
    dc_term: int  # R26: DCV, MINI, ILIM
    ac_term: int  # R30: ACIM
    daa5: int  # R31: FOH, OHS2
    hybrid: Hybrid = HYBRID_600
    spark: int = 0x00  # R59
    tx_gain_db: int = 0

    @property
    def balance(self) -> Balance:
        """The country's impedance and the manufacturer's hybrid for it."""
        return Balance(self.ac_term & 0x0F, tuple(tap - 256 if tap & 0x80 else tap for tap in self.hybrid))


_FCC = LineProfile(0x00, 0xC0, 0x00, 0x20)
_TBR21 = LineProfile(0x00, 0xC2, 0x02, 0x28, HYBRID_TBR21)
_LOW_VOLTAGE = LineProfile(0x00, 0x50, 0x00, 0x20)

_GROUPS: dict[str, LineProfile] = {
    "US CA MX RU IN SA SG TW HK AE ID CL CO PE AR EC SV GU KZ KW MO YE": _FCC,
    "AT BE BH CH CY CZ DE DK EG ES FI FR GR HR HU IE IL IS IT LB LU LV MA": _TBR21,
    "MT NG NL NO PL PT RO SE SI SK": _TBR21,
    "JO MY OM PK PH TH": _LOW_VOLTAGE,
    "GB": LineProfile(0x00, 0xC2, 0x05, 0x28, HYBRID_TBR21),
    "BG": LineProfile(0x00, 0xC2, 0x03, 0x28, HYBRID_220),
    "AU": LineProfile(0x40, 0x50, 0x03, 0x20, HYBRID_220, spark=0x50),
    "NZ": LineProfile(0x00, 0xC0, 0x04, 0x20, HYBRID_TBR21, tx_gain_db=7),
    "CN": LineProfile(0x00, 0xC0, 0x0A, 0x20, HYBRID_CHINA),
    "BR": LineProfile(0x00, 0xC0, 0x01, 0x20),
    "JP": LineProfile(0x00, 0x90, 0x00, 0x20),
    "ZA": LineProfile(0x02, 0xC0, 0x03, 0x20, HYBRID_220),
    "KR": LineProfile(0x02, 0xC0, 0x00, 0x20),
}

LINE_PROFILES: dict[str, LineProfile] = {
    country: profile for countries, profile in _GROUPS.items() for country in countries.split()
}


def line_profile(country: str) -> LineProfile:
    """Return the profile of a country, by its two-letter code.

    raises  ValueError for a country without a row
    """
    try:
        return LINE_PROFILES[country]
    except KeyError:
        raise ValueError(f"country: {country!r}, allowed {' '.join(sorted(LINE_PROFILES))}") from None
