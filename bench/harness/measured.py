"""What a run measures of one peer."""

from dataclasses import dataclass, field
from statistics import median

from .load import Fixed, Full, Idle
from .peers import Peer


@dataclass
class Measured:
    """Everything that was measured of one peer; lists have one entry a round."""

    peer: Peer
    full: list[Full] = field(default_factory=list)
    spread: list[Full] = field(default_factory=list)
    fixed: list[Fixed] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    idle_memory: list[int] = field(default_factory=list)
    idle: Idle | None = None

    @property
    def cpu_us(self) -> float:
        """Processor microseconds a request, the median of the rounds."""
        return median(one.cpu_us for one in self.full)
