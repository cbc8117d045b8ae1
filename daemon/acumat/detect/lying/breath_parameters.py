"""The numbers that breathing is measured with: unit, and why each has this value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreathParameters:
    """Times are in seconds, rates in breaths a minute, everything else is a share unless it says otherwise."""

    sample_s: float = 0.25
    """Codes are averaged over this, before anything is rounded: five samples a breath at the fastest, and few to keep."""
    hole_s: float = 1.0
    """A hole this long breaks the course; a shorter one is bridged with the sample before it."""
    first_s: float = 30.0
    """Shortest look: two and a half breaths at the slowest."""
    span_s: float = 50.0
    """Longest look: four breaths at the slowest; longer ones follow a change too late."""
    breaths_least: int = 3
    """So many whole breaths must be seen: a small step without its cubic trend looks like two slow ones."""
    look_every_s: float = 5.0
    """How often it is looked at: a new value sooner than each breath or two says nothing new."""
    keep_s: float = 10.0
    """A value that two looks in a row do not renew is dropped; one look spoilt by a sigh or a word does not blank it."""

    slowest_per_min: float = 4.7
    """The range asked for of people is 5 to 25; a little beyond it, so that its ends are not cut off by a rounding."""
    fastest_per_min: float = 45.0
    """Dogs and cats at rest breathe 15 to 40; beyond it hearts begin to beat."""
    people_fastest_per_min: float = 26.5
    """What is faster is not reported of a person: somebody at rest does not breathe so, a pet or an overtone may."""
    spike_x: float = 0.03
    """What lies farther than this share of Vcc from the sample before is a spike, if other codes of the sample do not: the
    deepest quick breath moves a divider by a third of it from sample to sample."""
    x_most: float = 0.95
    """Above this share of Vcc a divider hardly moves with a breath."""
    share_least: float = 0.01
    """A sensor with less of the load than this shows its own noise."""
    slope_s: float = 1.0
    """Changes over this long are looked at instead of the course: the slow wander of a resting body, whose power falls with the
    square of the frequency, then lies no higher than a breath. They are largest at 30/min and still a half of that at 5/min."""
    trend_order: int = 1
    """Creep, which slows down all the time, leaves a slope in the changes."""
    clip: float = 2.5
    """Changes beyond so many deviations are cut: those of a sine reach 2."""
    sensors_most: int = 6
    """So many of the best sensors are combined: more of them cost time, and the next best carry little."""
    refine: int = 3
    """Rounds of bringing sensors into line: it converges by the ratio of breath to noise, three are plenty."""

    move_share: float = 0.003
    """So much of the load changing place within one sample may be a movement: a breath of 1 % moves a tenth of it."""
    move_over_usual: float = 5.0
    """And is one when it is so many times the usual change: the steepest moment of a breath is under three times its median."""
    move_always_share: float = 0.03
    """This is a change of posture, after which everything lies otherwise: a tenth of the load within a second."""
    move_quiet_s: float = 3.0
    """After a smaller movement it is waited so long: a twitch shows itself to be one."""
    move_most: float = 0.1
    """And so large a part of a look may be movement: what keeps moving does not lie still."""

    swing_least: float = 1e-4
    """Smallest swing (rms, of the load) taken for breath: a strip under a mattress shows 3e-4 to 1e-3."""
    swing_over_noise: float = 1.5
    """And it must stand so far (rms) above what is left of the sensors' noise after combining."""
    alike_least: float = 0.5
    """Autocorrelation one breath on: lengths that stray by an eighth leave 0.75, talk less than half."""
    alike_octave: float = 0.85
    """The shortest lag that is nearly as good as the best one is a breath; the best may be two of them."""
    track_s: float = 20.0
    """The tracker sees so much at each look, five breaths at 15/min: more would follow a change late, less would not tell 12
    from 15."""
    grid_per_min: float = 0.5
    """A sixth of what that can resolve."""
    track_weight: float = 3.0
    """Nats for each nat of -ln(1 - share explained): 20 s of the band up to 36/min hold 24 independent values, half of
    which counts, and four looks share each."""
    explained_most: float = 0.98
    """No look is surer than this: breaths are no sinusoids."""
    prior_per_min: float = 15.0
    prior_spread: float = 0.5
    """Before anything is seen, log-normal: people at rest breathe 12 to 20, slow breathing is 6, a small dog's 30 to 40."""
    drift: float = 0.1
    """Chance that the rate has moved a step of the grid either way from look to look: by 1/min (rms) in a minute and a half."""
    anew: float = 0.02
    """And that it has become any other: once in four minutes."""
    near_per_min: float = 1.5
    """Rates so near to the most likely one are the same breath."""
    chance_least: float = 0.92
    """So sure the tracker must be of a rate by itself."""
    alike_quality_least: float = 0.3
    """Looks below this quality do not count as having found the same breath again. Wander whose power falls with the square of
    the frequency gives three that count within 5 minutes in one case in ten, a real strip under a person nearly always."""
    track_alike_least: float = 0.2
    """And the course must be so much alike one breath on,"""
    octave_alike: float = 0.1
    """and two breaths on at most this share more alike: else each second of them is an overtone's. Uneven breaths grow less
    alike from one to the next."""
    track_agree_share: float = 0.1
    """Counting must agree within `agree_per_min` or this share: talk shows in the count first, the tracker
    lags behind."""
    alike_near: float = 0.15
    """Breaths stray by so much."""
    fit_short: float = 0.25
    fit_long: float = 1.5
    """The band around a rate, in lengths of its breath: half and double of it pass weakly, wander and heartbeat hardly."""
    agree_per_min: float = 1.5
    """Both methods must agree within this,"""
    agree_share: float = 0.15
    """or within this share of the rate, if that is more."""
    silent_most: float = 2.0
    """So many breaths without a passage through the middle: whatever breathed, does so no more."""
    uneven_most: float = 0.4
    """Breaths whose lengths stray by more than this are talk, or something else."""
    cross_share: float = 0.25
    """A passage counts when the course has gone so far beyond the middle (of its rms), as shallow breaths do and ripple not."""
