"""The media engine: G.711, tones, DTMF, caller ID, mixing, playing and recording for up to 192 channels.

Knows samples and channels (timeslots), never ports or calls. Written in C (cext/src); this is its typed face.
"""

from cext.types import (
    BLOCK_SMP,
    SAMPLE_RATE_HZ,
    SPECIAL_TONES,
    BertStats,
    CextError,
    EngineStats,
    Event,
    EventKind,
    FrameStats,
    LearnedTone,
    LevelReport,
    StreamSpec,
    StreamStats,
    ToneSpec,
)

try:
    from cext.detector import Detector
    from cext.dtmf_limits import DtmfLimits, simd_path
    from cext.echo import EchoCanceller
    from cext.engine import Engine
    from cext.hdlc import HdlcReceiver, HdlcSender
    from cext.learn import learn_tone
    from cext.listener import Listener, treated
    from cext.mf import MF_SIGNALS, MfDetector, mf_samples
    from cext.streams import Concealer, noise_payload, noise_samples
    from cext.tones import (
        alaw_decode,
        alaw_encode,
        caller_id_samples,
        dtmf_samples,
        tone_samples,
        ulaw_decode,
        ulaw_encode,
    )
except ModuleNotFoundError as error:  # before the first build only cext.build_dsp and cext.gen_tables can run
    if error.name != "cext._dsp":
        raise

    def __getattr__(name: str) -> object:
        raise ImportError(f"cext.{name}: the C engine is not compiled, run `python -P cext/build_dsp.py`")


__all__ = [
    "BLOCK_SMP",
    "MF_SIGNALS",
    "SAMPLE_RATE_HZ",
    "SPECIAL_TONES",
    "BertStats",
    "CextError",
    "Concealer",
    "Detector",
    "DtmfLimits",
    "EchoCanceller",
    "Engine",
    "EngineStats",
    "Event",
    "EventKind",
    "FrameStats",
    "HdlcReceiver",
    "HdlcSender",
    "LearnedTone",
    "LevelReport",
    "Listener",
    "MfDetector",
    "StreamSpec",
    "StreamStats",
    "ToneSpec",
    "alaw_decode",
    "alaw_encode",
    "caller_id_samples",
    "dtmf_samples",
    "learn_tone",
    "mf_samples",
    "noise_payload",
    "noise_samples",
    "simd_path",
    "tone_samples",
    "treated",
    "ulaw_decode",
    "ulaw_encode",
]
