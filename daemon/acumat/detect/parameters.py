"""Every number that detection decides with: its unit, and why it has this value."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Parameters:
    """The table of parameters. Times are in seconds, loads in percent of the reference, conductances in microsiemens."""

    frame_least_s: float = 0.001
    """No converter scans a mat faster: a frame that comes sooner after the last, or before it, repeats or contradicts it."""
    bin_s: float = 0.04
    """Frames that come closer than this are merged into one by their median: 25 Hz is ample for bodies, and a fast source
    then costs no more than a slow one."""
    median_s: float = 0.25
    """Span of the median filter: three frames at 10 Hz, which takes out one odd sample and costs 0.1 s."""
    gap_s: float = 2.5
    """Without a usable frame for this long the mat is blind: within 3 s of the loss, the median's span and a frame included."""
    x_max: float = 0.98
    """Above this share of Vcc the divider says nothing more: 1 % of error in Vcc is 50 % of conductance there."""
    fsr_least_ohm: float = 125.0
    """No body presses a sensor below this: 10 kg on one leave 200 ohm (Interlink 400 series guide), its leads included.
    What conducts better is a short; most sensors at once are dividers the wrong way round, or without resistors."""
    rest_x: float = 0.25
    """Such a mat is believed again once most sensors read below this share of Vcc, as one at rest does."""
    look_s: float = 0.5
    """After blindness the mat is not called empty before it has been looked at for so long: contact shows within it."""
    look_contact_s: float = 2.0
    """... and a contact is not called one before it has had so long to become a lying."""
    usable_share: float = 0.5
    """With fewer than this share of the sensors the mat is blind."""

    steady_s: float = 5.0
    """Without a stored baseline the mat is watched this long before anything is believed."""
    steady_spread: float = 0.25
    """Largest spread (90th minus 10th percentile over the median) of a steady reading: a mattress at rest, a bed that somebody
    leans on drifts by a tenth, a person getting on moves it severalfold."""
    presumed_loaded_x: float = 0.5
    """Above this share of Vcc a first reading is taken for a load: dividers are chosen to sit there under a person."""
    follow_after_s: float = 60.0
    """The baseline waits this long after the mat was left: foam and sensors recover from a load first."""
    follow_tau_s: float = 600.0
    """How slowly the baseline follows the empty mat; temperature moves over hours, people over seconds."""
    fall_tau_s: float = 30.0
    """A reading under the baseline cannot be a load, so the baseline follows down faster."""
    firm_us: float = 10.0
    """A baseline of at least this is well above zero: thirty times what a converter's offset makes of nothing."""
    lost_share: float = 0.05
    """Reading less than this part of a firm baseline is no drift, which is bounded by a fifth of full scale a day."""
    lost_sensors: float = 0.5
    """When so many of the firm sensors read nothing at once, their common supply is gone and the baseline waits for it."""
    rest_s: float = 600.0
    """A faint contact in which nothing moves for this long is what a load left behind, and becomes the baseline."""
    rest_load_pct: float = 12.0
    """How faint: a tenth of a person is within hysteresis and creep (10 % each, Interlink 400 series data sheet)."""

    default_x_over_rm: float = 0.5
    """Default reference: this times 1 / R_m for each sensor, every divider at a third of Vcc. One person seen replaces it."""
    contact_on_pct: float = 5.0
    """Something is on the mat from here; a forearm is about 5 % of what a person rests on it."""
    contact_off_pct: float = 3.0
    contact_jump_pct: float = 2.0
    """Or from a jump of this size: drift and creep do not jump, and a first hand or heel is this much."""
    jump_tau_s: float = 2.0
    """The jump counts against the mean over this long, and has as long to reach the level."""
    contact_dwell_s: float = 0.1
    leave_dwell_s: float = 0.5
    lying_on_pct: float = 35.0
    """Lying from here: a third of a person's load is on before anybody has settled."""
    lying_off_pct: float = 15.0
    """Got up below this while the person's settled load is not known: turning over leaves more than half of the load."""
    light_people: bool = False
    """Whether children from 20 kg on may lie here, as with the sensitivity `high`: they bear a fifth of what adults do."""
    lying_dwell_s: float = 0.3
    got_up_dwell_s: float = 1.2
    """Longer than the heave of turning over, which takes the load off for a second; the edge is back-dated all the same."""
    settled_share: float = 1 / 3
    """Lying means that more than a third of the settled load is on, trunk included; both edges are dated to it."""
    settled_share_again: float = 0.45
    """And after a lift it is lying again from here: clearly more than what ended it."""
    settled_span_s: float = 30.0
    """The settled load is the median over this long: it follows creep and a new posture, not a heave or a bad contact."""
    settled_least_s: float = 3.0
    """Known after this many seconds of lying."""
    lying_down_s: float = 8.0
    """Lying down takes no longer than this from the announcement on; later changes are movements."""
    half_share_pct: float = 10.0
    """A lying body bears on the head's and on the foot's half of the mat; somebody who sits bears on one."""
    effective_share: float = 0.3
    """A lying body loads at least this part of the sensors (exponential of the shares' entropy over their number): one knee,
    one box corner or two feet load fewer."""

    unannounced_windows_needed: int = 4
    """What was taken for an empty mat must show life in so many windows before somebody lies there."""

    confirm_within_s: float = 60.0
    """A lying has so long to be confirmed, counted from its last large movement; then it is withdrawn, or unsure."""
    confirm_longest_s: float = 180.0
    """However much it moves: what finds no rest for so long does not lie."""
    confirm_rest_s: float = 1.5
    """The first seconds after the load came on are the landing, of a box as of a person."""
    window_s: float = 2.75
    """Shortest window searched for life: a breath at rest takes 3 to 5 s."""
    window_wait_s: float = 1.0
    """A window ends this long ago, since a movement shows its size only after a moment."""
    window_longest_s: float = 12.0
    """Longest window: at five breaths a minute one takes 12 s."""
    windows_needed: int = 2
    """As many windows must show life, so that one knock on a box does not."""
    window_jolt_share: float = 0.85
    """What changes within half a second by more than this part of what it changes by within a second and a quarter is a jolt,
    as of a knock that shifts a box: the quickest breath at rest (25 a minute) changes by 0.6 of it."""
    life_swing_pct: float = 0.05
    """Smallest swing taken for life, in percent of the load: breathing swings a strip under a mattress by 0.1 to 0.3 %."""
    life_alone_swing_pct: float = 0.25
    """The same for a mat of one sensor, whose own wander no other averages out (1/f noise of a film swings by 0.2 in 12 s). A
    real strip under a mattress swings by 0.65 to 4 in as long."""
    life_over_noise: float = 8.0
    """And it must stand out this far over the rms noise of a second's mean: the extremes of fifty lie five times it apart."""
    life_slow_noise: float = 5e-4
    """Where frames come too slowly to measure the noise it is no more than this share of the load: a step of an ADS1015 is 2e-3
    of one sensor's load at half of its supply, its noise over four sensors a quarter of that."""
    life_breath_looks: int = 3
    """A breath fainter than that is life when so many looks in a row, 5 s apart, find it at the same rate by two methods: half
    a minute and more is averaged over, and creep and noise keep no rate."""
    life_division_swing_pct: float = 0.2
    """The same for the ratio of head to foot: chest and hips swing against each other, where in the total they cancel, and each
    sensor's own noise (1e-4 and more) is not averaged over as many."""
    life_most_pct: float = 6.0
    """A swing larger than this within two seconds is moving about, which things do that are handled; rest looks different."""
    life_division_most_pct: float = 16.0
    """The same for the ratio of head to foot: feet that step about change it by more, a deep breath by a tenth."""

    life_side_most_pct: float = 2.0
    """On two rows feet look like a body, so the ratio of right to left must rest within this for a window: breath rises on
    both sides alike, and a person who stands sways from side to side."""

    sharp_s: float = 30.0
    """Spike pain peaks within the first half minute and fades (Olsson and von Scheele 2011)."""
    settle_window_s: float = 30.0
    """Settled: half a minute in which every epoch is still."""
    epoch_s: float = 10.0
    still_pct: float = 6.0
    """An epoch is still when the load's movements in it sum up to less than this; breathing gives 1 to 5."""
    restless_epochs: int = 30

    merge_s: float = 20.0
    """A lift up to this long belongs to the session."""
    blind_keep_s: float = 120.0
    """A session outlives the loss of the sensors by this long."""
    learn_after_s: float = 60.0
    """The settled load is learnt from what somebody lies like after this long."""
    learn_share: float = 0.3
    """How far one session moves the learnt reference; one odd visit must not make it."""

    loading_longest_s: float = 30.0
    """The loads while one comes on are kept so long; a person who sits for longer before lying down came slowly in any case."""
    loading_after_s: float = 8.0
    """How it came on is decided after this much lying: the longest lying down takes 6 s, the trunk lands last."""
    loading_settled_s: float = 4.0
    """The load then is the median over this long, a breath or two; creep adds 2 % to it later."""
    loading_least: float = 0.1
    loading_most: float = 0.9
    """Loading time runs from a tenth to nine tenths of it."""
    dropped_s: float = 1.0
    slow_s: float = 3.0
    """Under a second is a drop, over three is slow: nobody lowers a trunk with care within a second."""

    shift_step_s: float = 1.0
    shift_hold_s: float = 5.0
    """A new posture must have been held so long; a breath or two is averaged over."""
    shift_moved: float = 0.06
    """So much of the load lies elsewhere: small shifts of place by 4 mm move 1 to 3 %, rolling by a third of the way 10 %."""
    shift_of_size: float = 0.05
    """Or the centre went by this part of the mat's width or length."""
    shift_steady: float = 0.03
    """Held means that no moment differs by more from their mean; the deepest breath moves 2 %."""
    shift_follow_s: float = 60.0
    """Slower changes are creep and relaxing, and are followed."""

    doze_still_s: float = 90.0
    """Somebody awake who means to lie still stirs within a minute or two."""
    doze_share: float = 0.58
    """Breath has become so much less various (lengths and depths together): asleep it strays a third to a half as much as awake
    (estimates), and a minute shows more of it or less. On developing seeds it found 29 of 30 dozes, and none in 120 awake."""
    doze_off_share: float = 0.85
    """And is awake again above this."""
    doze_span_s: float = 60.0
    """Over so long, each look seeing half a minute and more besides: some 20 breaths, of which a deviation is known to 15 %."""
    doze_apart_s: float = 105.0
    """It is compared with looks older than both together."""
    doze_looks_now: int = 9
    """Looks are 5 s apart; a sigh may spoil a quarter of them."""
    doze_looks_before: int = 18
    """A minute and a half of looks, or what is usual is not known."""
    doze_looks_most: int = 720
    """An hour of looks."""
    doze_variety_floor: float = 0.01
    """What samples of a quarter of a second show of a breath's length."""
    doze_pace_share: float = 0.25
    """Falling asleep slows breath by a tenth or less; more is a way of breathing taken up on purpose."""
    doze_slowest_per_min: float = 8.0
    """Slower is breathing on purpose: 6/min is what people are advised to breathe, asleep it is 10 to 20."""
    doze_fastest_per_min: float = 22.0
    doze_forgive_s: float = 45.0
    """A sigh spoils a few looks, half a minute and more of each, and wakes nobody."""

    shoulders_sensors: int = 4
    """With fewer sensors in the upper half the zone is one or two sensors, whose own creep looks like relaxing."""
    shoulders_mean_s: float = 30.0
    shoulders_growth_pct: float = 1.95
    """Points of share: sensors whose creep differs by a third change a zone's share by a half, and what small movements leave
    when their steps are off came to 1.9 and once 3.1 in 48 developing sessions; relaxing brought more than this in 42 of 48."""
    shoulders_step_pct: float = 0.9
    """Points within ten seconds are a movement: the quickest relaxing, by two fifths in two minutes, brings a half of it."""
    shoulders_least_s: float = 45.0
    """Relaxing takes minutes; what comes within seconds is a movement."""

    mode_hold_s: float = 5.0
    """A mode is reported once it has been seen for so long."""
    mode_breathless_s: float = 75.0
    """A person who lies still so long without a visible breath lies there with the legs: first values come after 30 to 50 s."""
    mode_trunk_swing: float = 1.5e-3
    """A trunk's load changes by this within a second of breathing or by more (rms): a breath at rest swings it by a percent."""
    mode_faint_swing: float = 5e-4
    """Legs feel less than this of it. Between the two it may be a sigh, or a trunk that breathes faintly: not known."""
    mode_row_most: float = 0.85
    """Feet stand on one row of sensors, a neck lies on one."""
    mode_neck_most_pct: float = 40.0
    """A head and a neck weigh a tenth of what a trunk does."""

    wear_sessions: int = 10
    """So many first sessions after a calibration, and so many last ones, are held against each other."""
    wear_log: float = 0.09
    """The least loss reported, as a logarithm: 15 % is to be found, and twenty lyings leave some percent of doubt."""
    wear_deviations: float = 3.5
    """And it must be so many standard errors: the worst of sixteen sensors is looked at after each session."""
    wear_left_share: float = 0.6
    """Making the sensor good must leave less than this part of what had changed in all."""
    wear_error_log: float = 0.012
    """No fit of twenty lyings is better than a percent, however small its residuals happen to be."""
    wear_pattern: float = 12.0
    """Squared standard errors a sensor that mean another pattern: chance makes one, a weaker sensor is named before."""
    wear_level_log: float = 0.3
    """The load as a whole by a third: nobody gains so much weight in weeks."""

    lopsided_on: float = 20.0
    lopsided_on_uncalibrated: float = 45.0
    """Nothing under 30 may be reported before a calibration. Parts that differ by a quarter read up to 15 more, and conductance
    that grows faster than force makes 30 up to 40."""
    lopsided_off: float = 15.0
    lopsided_dwell_s: float = 10.0
    balance_min_pct: float = 10.0
    """Below this load shares are noise."""
    balance_tau_s: float = 1.0
    """Smoothing of what is shown of the balance."""

    calm_spread_x: float = 0.01
    """An empty mat is calm when its total varies (90th minus 10th percentile) by less than this times 1 / R_m for each sensor:
    1 % of full scale, a tenth of what a hand resting on it brings."""
    tare_s: float = 3.0
    """A tare is the median of the last seconds; a breath at rest moves a load within them."""
    tare_most_pct: float = 30.0
    """More than this is close to lying and no drift. Below it somebody's word counts: an empty mat whose kept baseline is wrong
    by a bag's weight could not be put right otherwise, and a baseline that was taken too high falls within half a minute."""

    keep_off_s: float = 5.0
    """The empty mat is measured for so long before a calibration."""
    keep_off_doubtful_s: float = 30.0
    """And so long when it reads as much as a light person might: two slow breaths then have time to show."""
    keep_off_wait_s: float = 60.0
    lie_down_wait_s: float = 60.0
    """Time to walk to the mat and lie down; elderly people need half of it."""
    landed_pct: float = 10.0
    """Percent of the default reference that is taken for somebody who lies down; a hand brings 5."""
    landing_s: float = 3.0
    """The first seconds after are the landing."""
    lie_still_s: float = 20.0
    """Two to eight breaths, of which a median sees nothing; creep goes on for ever and is common to all sensors."""
    lie_still_wait_s: float = 60.0
    lie_still_spread: float = 0.15
    """Largest spread (90th minus 10th percentile over the median) of the load while lying still: breath 4 %, creep 5 %."""
    left_early_share: float = 0.4
    """Less than this part of the highest load seen: the person left before the measurement was over."""
    off_s: float = 3.0
    """After getting up the mat must be calm for so long."""
    off_spread_share: float = 0.02
    """Calm there is a spread within this part of the settled load: foam and sensors recover slowly, a leg moves more."""
    get_up_wait_s: float = 60.0
    sensor_least_share: float = 0.002
    """Less than this part of an average sensor's load is no load at all: a few codes, as from an open wire. At the waist of a
    slight person an outer sensor bears less than a hundredth of the average."""
    pair_most: float = 6.0
    """Two sensors side by side under the trunk differ by 2 of their own and by 2 or 3 with a body aslant; more is a fault."""
    gain_least: float = 0.55
    gain_most: float = 1.8
    """Parts differ by a quarter each way, twice that with their slopes; a calibration that asks for more met a bad sensor."""
    margin_least: float = 10.0
    """An empty mat that shows more than a tenth of the person would not differ from one lain on: got up is below 15 %."""
    calibration_leave_s: float = 60.0
    """A person who still lies there this long after a calibration failed or was cancelled means to stay: a session begins."""

    missing_s: float = 2.5
    """A sensor without a reading for this long has failed, and one with readings again for this long has recovered."""
    saturated_s: float = 10.0
    """A sensor at the end of its divider for this much loaded time has failed; landing on it lasts shorter."""
    beyond_times: float = 12.0
    """Or one that reads more than so many times the mean of the others, while these alone bear a lying body (of three zones or
    more). Of eight pads the heaviest under a trunk bears up to 6 times as much, of sixteen up to 8; where one
    bears much more than all others together, a body is not seen any more."""
    open_s: float = 10.0
    """A sensor whose bleed resistor carries no current for this long is broken off."""
    no_bleed_share: float = 0.3
    """Less than this part of its conductance is none; the converter's offset is a fifth of it at the usual 470 kOhm."""
    silent_codes: float = 4.0
    """A sensor that never gives more steps of its converter than this reads nothing at all: the offset is 3 of them (data
    sheets SBAS444, SBAS473)."""
    silent_share: float = 0.02
    """Noise alone lifts it above that now and then, for less than this part of the time."""
    silent_least_s: float = 60.0
    """Shorter visits say nothing of a silent sensor."""
    silent_around: float = 0.3
    """Nor does one whose neighbours bear less than this part of the mean load."""
    silent_sessions: int = 3
    """So many sessions in a row without a sound: suspect. No more is certain: an unloaded sensor reads nothing either."""
    stuck_s: float = 60.0
    """A loaded sensor that stands still for this long, while the others move, is stuck."""
    stuck_codes: int = 16
    """Still: within one step of an ADS1015, sixteen of an ADS1115, whose noise stays within ten."""
    stuck_least_v: float = 0.00625
    """Loaded, for this: 50 steps of an ADS1115 at gain 1. Empty sensors rightly stand still."""
    stuck_over: float = 20.0
    """By the movement of the others it should have moved this many times as far; a breath may pass one sensor by."""

    noise_jump_x: float = 0.008
    """A flicker goes up and down again within one frame by more than this share of Vcc. Breath at rest swings a divider by
    0.002 in that time, feet and turning over by more, but hardly ever up and down at once."""
    noise_frames_s: float = 0.3
    """Frames further apart than this do not show it: breath may turn round between them."""
    noise_shared_weight: float = 0.25
    """A flicker shared with most sensors may be something that shakes the mat."""
    noise_limit: float = 6.0
    """Flickers, one a second at most, until a sensor is named; a hand that drums on one for some seconds makes fewer."""
    noise_leak_s: float = 20.0
    """One is forgotten in this time. Spikes in one frame of a hundred (one in ten seconds at 10 Hz) are named within minutes;
    the most that a healthy sensor showed, under feet and turning people, is one a minute."""
    noise_block_frames: int = 100
    noise_dense_share: float = 0.16
    """With so many frames in a block of them flickering, the median filter does not hold: white noise flickers in a third to a
    half of all frames, a floating input in a fifth; one odd frame in twenty is filtered out."""
    noise_quiet_s: float = 60.0
    """A sensor is well again after this long without a flicker; one with a loose contact after so long under load."""
    break_x: float = 0.02
    """A sensor above this share of Vcc is under load."""
    break_least_s: float = 0.15
    """A break of one frame is a flicker, which the filter holds."""
    break_longest_s: float = 5.0
    """Later it may have been lifted off and put down again."""
    gone_longest_s: float = 30.0
    """A sensor that broke off is left out for so long at most; then its readings count again, for the baseline as well."""
    break_limit: float = 5.0
    """Breaks until a sensor is named: one every two seconds is named in 11 s, one every twenty in two and a half minutes."""

    def for_sensors(self, count: int) -> Parameters:
        """The same table for a mat of so many sensors."""
        return self if count > 1 else replace(self, life_swing_pct=self.life_alone_swing_pct)

    def with_sensitivity(self, sensitivity: str) -> Parameters:
        """The same table for a mat under something thick or for light people (high), or in a busy place (low).

        Raises ValueError for a word other than normal, low and high.
        """
        factor, lying_factor = {"low": (1.5, 1.5), "normal": (1.0, 1.0), "high": (0.6, 0.4)}.get(sensitivity, (None, 1.0))
        if factor is None:
            raise ValueError(f"sensitivity {sensitivity!r} is not low, normal or high")
        return replace(
            self,
            contact_on_pct=self.contact_on_pct * factor,
            contact_off_pct=self.contact_off_pct * factor,
            lying_on_pct=self.lying_on_pct * lying_factor,
            lying_off_pct=self.lying_off_pct * factor,
            light_people=sensitivity == "high",
        )
