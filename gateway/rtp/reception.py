"""How one source is received: loss, jitter and round trip as RTCP tells them (:rfc:`3550#appendix-A`)."""

from gateway.rtp.losses import Losses
from gateway.rtp.rtcp import ReportBlock, SenderReport
from gateway.rtp.sequence import MAX_DROPOUT, Elsewhere
from gateway.rtp.xr import VoipMetrics


def ntp(now: float) -> int:
    """The process's clock as a 64-bit NTP time; only differences mean anything (:rfc:`3550#section-4`)."""
    return int(now * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def ntp_middle(now: float) -> int:
    """The middle 32 bits of the same: units of 1/65536 s."""
    return ntp(now) >> 16 & 0xFFFFFFFF


class Reception:
    """The books about one source."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self._clock_rate = clock_rate
        self._base = self._highest = -1
        self._elsewhere = Elsewhere()
        self._received = 0
        self._formerly_received = self._formerly_lost = 0
        self._expected_before = self._received_before = 0
        self._transit: float | None = None
        self._jitter = 0.0
        self._report: SenderReport | None = None
        self._report_at = 0.0
        self.round_trip: float | None = None
        """s, from the last report of the far end about us; None until one came."""
        self.far: ReportBlock | None = None
        """how the far end receives us, as it said last."""
        self.far_metrics: VoipMetrics | None = None
        """how it hears us, as it said last."""
        self.losses = Losses()

    @property
    def received(self) -> int:
        """Packets, duplicates included."""
        return self._received

    @property
    def lost(self) -> int:
        """Packets expected and not received; negative when more duplicates came than were lost."""
        return self._expected - self._received

    @property
    def received_in_all(self) -> int:
        """The same since the far end began, with sources and numberings it had before."""
        return self._formerly_received + self._received

    @property
    def lost_in_all(self) -> int:
        """Likewise."""
        return self._formerly_lost + self.lost

    def follow(self, former: "Reception") -> None:
        """This source speaks in place of another, at the same far end: its books go on in ours."""
        self._formerly_received, self._formerly_lost = former.received_in_all, former.lost_in_all
        self.losses = former.losses
        self.losses.begin()

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (:rfc:`3550#appendix-A.8`)."""
        return self._jitter * 1000 / self._clock_rate

    @property
    def _expected(self) -> int:
        return self._highest - self._base + 1 if self._received else 0

    def receive(self, sequence: int, timestamp: int, now: float, clock_rate: int = 0, *, event: bool = False) -> None:
        """A packet came (:rfc:`3550#appendix-A.1`, without probation: the session has done it).

        An `event` says nothing of jitter: its timestamp stands still while the key is held (:rfc:`4733#section-2.2`).

        :param clock_rate: Hz, of its timestamp; 0: the same as before."""
        ahead = (sequence - self._highest + 0x8000) % 0x10000 - 0x8000
        if not self._received:
            ahead = self._begin(sequence)
        elif abs(ahead) > MAX_DROPOUT:
            if not self._elsewhere.goes_on(sequence):
                return
            ahead = self._begin(sequence)
        elif ahead > 0:
            self._highest += ahead
        self._received += 1
        self.losses.received(self._highest + min(ahead, 0))
        if not event:
            self._measure(timestamp, now, clock_rate or self._clock_rate)

    def discard(self, sequence: int) -> None:
        """A packet that came was too late to be played."""
        self.losses.discarded(self._highest + (sequence - self._highest + 0x8000) % 0x10000 - 0x8000)

    def _measure(self, timestamp: int, now: float, clock_rate: int) -> None:
        """Jitter (:rfc:`3550#appendix-A.8`), which begins anew with another clock but keeps what it was
        (:rfc:`7160#section-4.2`)."""
        if clock_rate != self._clock_rate:
            self._jitter *= clock_rate / self._clock_rate
            self._clock_rate, self._transit = clock_rate, None
        transit = now * self._clock_rate - timestamp
        if self._transit is not None:
            change = (transit - self._transit + 0x80000000) % 0x100000000 - 0x80000000
            self._jitter += (abs(change) - self._jitter) / 16
        self._transit = transit

    def _begin(self, sequence: int) -> int:
        self.losses.begin()
        self._formerly_received, self._formerly_lost = self.received_in_all, self.lost_in_all
        self._base = self._highest = sequence
        self._received = self._expected_before = self._received_before = 0
        self._transit = None
        return 0

    def heard_report(self, report: SenderReport, now: float) -> None:
        """The source's sender report came."""
        self._report, self._report_at = report, now

    def heard_of_us(self, block: ReportBlock, now: float) -> None:
        """The far end's block about us came: round trip (:rfc:`3550#section-6.4.1`)."""
        self.far = block
        if block.last_report:
            trip = (ntp_middle(now) - block.last_report - block.delay_since) & 0xFFFFFFFF
            if trip < 0x80000000:  # a far end whose delays exceed the time that passed is wrong
                self.round_trip = trip / 65536

    def block(self, now: float) -> ReportBlock:
        """What to report now (:rfc:`3550#appendix-A.3`); begins the next interval."""
        expected = self._expected - self._expected_before
        lost = expected - (self._received - self._received_before)
        self._expected_before, self._received_before = self._expected, self._received
        fraction = min(255, (lost << 8) // expected) if expected > 0 and lost > 0 else 0
        last, since = 0, 0
        if self._report is not None:
            last = self._report.ntp >> 16 & 0xFFFFFFFF
            since = int((now - self._report_at) * 65536) & 0xFFFFFFFF
        highest = max(self._highest, 0) & 0xFFFFFFFF
        return ReportBlock(self.ssrc, fraction, self.lost, highest, int(self._jitter), last, since)
