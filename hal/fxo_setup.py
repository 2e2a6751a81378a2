"""How an outside line is to be matched and amplified, as registers of the Si3050."""

from __future__ import annotations

from dataclasses import dataclass

from hal import si3050 as si
from hal.country import LineProfile, line_profile
from hal.si3050 import R
from hal.types import Balance, LineSetup

GAIN_MAX_DB, LOSS_MAX_DB = 12, 15

Registers = tuple[tuple[int, int], ...]  # register, value


@dataclass(frozen=True, slots=True)
class FxoSetup:
    """What one line was set up for."""

    profile: LineProfile
    balance: Balance
    rx_gain_db: int = 0
    tx_gain_db: int = 0

    def registers(self) -> Registers:
        """Give country, gains and balance."""
        profile = self.profile
        tx_gain_db = min(self.tx_gain_db + profile.tx_gain_db, GAIN_MAX_DB)
        return (
            *((R.INTL1, profile.intl1), (R.DC_TERM, profile.dc_term)),
            *((R.DAA5, profile.daa5), (R.SPARK, profile.spark)),
            *((R.TX_GAIN, _gain(tx_gain_db)), (R.RX_GAIN, _gain(self.rx_gain_db))),
            *self.matched(self.balance),
        )

    def matched(self, balance: Balance) -> Registers:
        """Give another balance of the same line."""
        taps = ((R.HYBRID1 + place, tap & 0xFF) for place, tap in enumerate(balance.hybrid))
        return ((R.AC_TERM, self.profile.ac_term & 0xF0 | balance.impedance), *taps)


def setup_of(setup: LineSetup) -> FxoSetup:
    """Check what is wanted.

    raises  ValueError for a country without a profile, a gain or a balance out of range
    """
    for name, gain_db in (("rx_gain_db", setup.rx_gain_db), ("tx_gain_db", setup.tx_gain_db)):
        if not -LOSS_MAX_DB <= gain_db <= GAIN_MAX_DB:
            raise ValueError(f"{name}: {gain_db}, allowed {-LOSS_MAX_DB}..{GAIN_MAX_DB}")
    profile = line_profile(setup.country)
    return FxoSetup(profile, checked(setup.balance or profile.balance), setup.rx_gain_db, setup.tx_gain_db)


def checked(balance: Balance) -> Balance:
    """Give a balance that the chip can take. raises ValueError"""
    taps = balance.hybrid
    if not 0 <= balance.impedance <= 15 or len(taps) != 8 or not all(-128 <= tap <= 127 for tap in taps):
        raise ValueError(f"balance: {balance}, allowed impedance 0..15 and 8 taps of -128..127")
    return balance


def _gain(gain_db: int) -> int:
    return gain_db if gain_db >= 0 else si.ATTENUATE | -gain_db
