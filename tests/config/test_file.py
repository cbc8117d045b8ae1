"""The configuration file: defaults, values, and every problem with its line and key."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import time
from pathlib import Path

import pytest

from acumat.config import Ads1x15Config, ConfigError, SimulatedConfig, find_config, load_config, schema
from acumat.contract.sessions import Profile
from acumat_hw.errors import InputError
from acumat_hw.layout import Sensor, grid

EXAMPLE = Path(__file__).parents[2] / "docs" / "acumat.example.toml"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACUMAT_CONFIG", "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "acumat.toml"
    path.write_text(text, "utf-8")
    return path


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return [problem.removeprefix(f"{path}:") for problem in caught.value.problems]


def test_without_a_file_everything_has_its_default() -> None:
    config = load_config(None)
    assert config.layout == grid(4, 2, rm_ohm=3300.0)
    assert config.source == Ads1x15Config()
    assert (config.daemon.state_dir, config.daemon.runtime_dir) == (Path("/var/lib/acumat"), Path("/run/acumat"))
    assert config.daemon.day_starts_at == time(4, 0)
    assert (config.mqtt.brokers, config.mqtt.base_topic) == ((("localhost", 1883),), "acumat")


def test_the_example_says_the_defaults() -> None:
    assert replace(load_config(EXAMPLE), path=None) == load_config(None)


def test_the_example_names_every_key() -> None:
    words = set(EXAMPLE.read_text("utf-8").replace("#", " ").split())
    sections = [each for name, each in vars(schema).items() if name.endswith("Section")]
    keys = {key.name for section in sections for key in fields(section)} - {"profile"}
    assert len(sections) == 13
    assert keys <= words


def test_values_in_the_file_arrive(tmp_path: Path) -> None:
    config = load_config(
        written(
            tmp_path,
            """
            mat = {id = "bed", width_mm = 400, profile.surface = "floor"}
            source = {kind = "simulated", seed = 7, speed = 0, through = "fast"}
            [layout]
            vcc_v = 5
            rm_ohm = 10000
            [[sensors]]
            name = "a"
            x_mm = 0
            y_mm = 100
            chip = 0x48
            channel = 3
            [[sensors]]
            name = "b"
            x_mm = -200
            y_mm = -100.5
            chip = 0x4B
            channel = 3
            rm_ohm = 4700
            zone = "lumbar"
            [mqtt]
            tls = true
            [detect]
            sensitivity = "high"
            """,
        )
    )
    assert config.mat_id == "bed"
    assert config.profile == Profile(surface="floor")
    assert config.layout.sensors == (
        Sensor("a", 0, 100, 10000, 0x48, 3, "shoulders"),
        Sensor("b", -200, -100.5, 4700, 0x4B, 3, "lumbar"),
    )
    assert (config.layout.vcc_v, config.layout.width_mm) == (5, 400)
    assert config.source == SimulatedConfig(seed=7, speed=0, through="fast")
    assert config.mqtt.brokers == (("localhost", 8883),)
    assert config.sensitivity == "high"


@pytest.mark.parametrize(
    ("gain", "full_scale_v", "vcc_v"), [('"2/3"', 6.144, 5.0), ("1", 4.096, 3.3), ("2", 2.048, 1.8), ("4", 1.024, 1.0)]
)
def test_the_gain_sets_volts_per_code(tmp_path: Path, gain: str, full_scale_v: float, vcc_v: float) -> None:
    config = load_config(written(tmp_path, f"[source]\ngain = {gain}\n[layout]\nvcc_v = {vcc_v}"))
    assert config.layout.lsb_v == full_scale_v / 32768
    assert isinstance(config.source, Ads1x15Config)
    assert config.source.gain == pytest.approx(4.096 / full_scale_v)


SENSOR = '[[sensors]]\nname = "{}"\nx_mm = {}\ny_mm = 0\nchip = {}\nchannel = {}\n'

CONTROL = "has a control character in it; allowed: characters that can be seen, and spaces"
TOPIC = "an MQTT topic without spaces, + and #, not starting with / or $"
BROKEN: list[tuple[str, str]] = [
    ("[mat]\nid = 'Bed Room'", '2: mat.id: "Bed Room" is not possible; allowed: 1 to 32 of a-z, 0-9, _ and -'),
    (
        "\n[matt]",
        (
            "2: matt: not a known key; allowed: daemon, detect, layout, mat, mqtt, panel, routine, sensors, share, source, "
            'web; did you mean "mat"?'
        ),
    ),
    (
        "mat.profile.sise = 'x'",
        (
            "1: mat.profile.sise: not a known key; allowed: body_part, cover, foam, pillow, size, spikes, surface; "
            'did you mean "size"?'
        ),
    ),
    ("[daemon]\nrate_hz = 500", "2: daemon.rate_hz: 500 is not possible; allowed: 1 to 200"),
    ("[daemon]\nrate_hz = nan", "2: daemon.rate_hz: nan is not possible; allowed: a finite number"),
    ("[daemon]\nrate_hz = true", "2: daemon.rate_hz: true is not possible; allowed: a number"),
    ("[daemon]\nrate_hz = '10'", '2: daemon.rate_hz: "10" is not possible; allowed: a number'),
    (
        "[daemon]\nday_starts_at = '4:00'",
        '2: daemon.day_starts_at: "4:00" is not possible; allowed: a time of day such as "04:00"',
    ),
    (
        "layout.preset = '4x5'",
        '1: layout.preset: "4x5" is not possible; allowed: "2x2", "4x2", "4x3", "4x4"; did you mean "4x4"?',
    ),
    ("[source]\ngain = true", '2: source.gain: true is not possible; allowed: "2/3", 1, 2, 4, 8, 16'),
    ("[source]\ngain = 3", '2: source.gain: 3 is not possible; allowed: "2/3", 1, 2, 4, 8, 16'),
    (
        "[source]\nkind = 'simulate'",
        ('2: source.kind: "simulate" is not possible; allowed: "ads1x15", "simulated"; did you mean "simulated"?'),
    ),
    ("[source]\nseed = 1", "2: source.seed: not a known key; allowed: bus, data_rate, gain, kind, model, scans"),
    ("[source]\nkind = 'simulated'\n\nspeed = -1", "4: source.speed: -1 is not possible; allowed: 0 or more"),
    (
        "[source]\ndata_rate = 100",
        ("2: source.data_rate: 100 is not a rate of this chip; allowed: 8, 16, 32, 64, 128, 250, 475, 860"),
    ),
    ("source = 1", "1: source: 1 is not possible; allowed: a table"),
    ("mqtt = []", "1: mqtt: a list is not possible; allowed: a table"),
    ("sensors = []", "1: sensors: wrong number of sensors; allowed: 1 to 16"),
    ("[mqtt]\nport = 1.5", "2: mqtt.port: 1.5 is not possible; allowed: a whole number"),
    ("[mqtt]\nhost = ''", "2: mqtt.host: is empty; allowed: at least one character, or leave the key out"),
    ("[mqtt]\nbase_topic = 'a//b'", '2: mqtt.base_topic: "a//b" has an empty level; allowed: names joined by single slashes'),
    (
        "[mqtt]\nbase_topic = 'a/#'",
        ('2: mqtt.base_topic: "a/#" is not possible; allowed: an MQTT topic without spaces, + and #, not starting with / or $'),
    ),
    ("[mqtt]\nca_file = 'x'", "2: mqtt.ca_file: has no effect without tls; set tls = true"),
    ("[mqtt]\ncert_file = 'x'", "2: mqtt.cert_file: has no effect without tls; set tls = true"),
    ("[mqtt]\ntls = true\nkey_file = 'x'", "1: mqtt.cert_file: is missing; a key needs the certificate it belongs to"),
    ("[mqtt]\nusername = 'u'\npassword = 4711", "3: mqtt.password: the value is not possible; allowed: text in quotes"),
    ("[mqtt]\npassword = 'p'", "1: mqtt.username: is missing; a password needs the user it belongs to"),
    ("[[sensors]]\nname = 'a'\nx_mm = 0\ny_mm = 0\nchip = 0x48", "1: sensors[1].channel: is missing"),
    (SENSOR.format("a", 0, 0x47, 0), "5: sensors[1].chip: 71 is not possible; allowed: 72 to 75"),
    (SENSOR.format("a", 216, 72, 0), "3: sensors[1].x_mm: 216 is off the mat; allowed: -215 to 215 from its centre"),
    (SENSOR.format("a", 0, 72, 0) + SENSOR.format("a", 0, 72, 1), '8: sensors[2].name: "a" is already the name of sensor 1'),
    (
        SENSOR.format("a", 0, 72, 0) + SENSOR.format("b", 0, 72, 0),
        "12: sensors[2].channel: chip 0x48 channel 0 is already read by sensor 1",
    ),
    (
        "layout.preset = '4x2'\n" + SENSOR.format("a", 0, 72, 0),
        "1: layout.preset: a preset and [[sensors]] exclude each other; allowed: one of the two",
    ),
    ("[mat]\nname = ", "2: not valid TOML: Invalid value"),
    ("[mat]\nwidth_mm = " + "9" * 400, "2: mat.width_mm: the number is too large; TOML's whole numbers have 64 bits"),
    ("[mat]\nname = nan", "2: mat.name: nan is not possible; allowed: text in quotes"),
    ("[mat]\nname = 'a\\u0000b'".replace("'", '"'), '2: mat.name: "a\\x00b" ' + CONTROL),
    ("[mat.profile]\nfoam = '\\u001b[2J'".replace("'", '"'), '2: mat.profile.foam: "\\x1b[2J" ' + CONTROL),
    ("[mat]\nname = '" + "x" * 201 + "'", "2: mat.name: is longer than 200 characters; shorten it"),
    ("[mqtt]\nbase_topic = 'acu\\u0000mat'".replace("'", '"'), '2: mqtt.base_topic: "acu\\x00mat" ' + CONTROL),
    ("[mqtt]\nbase_topic = 'acu\\u0007mat'".replace("'", '"'), '2: mqtt.base_topic: "acu\\x07mat" ' + CONTROL),
    ("[mqtt]\nbase_topic = 'acu\\uFFFFmat'".replace("'", '"'), '2: mqtt.base_topic: "acu\\uffffmat" ' + CONTROL),
    ("[mqtt]\ndiscovery_prefix = '$SYS'", f'2: mqtt.discovery_prefix: "$SYS" is not possible; allowed: {TOPIC}'),
    ("[mqtt]\ndiscovery_prefix = 'a/+/b'", f'2: mqtt.discovery_prefix: "a/+/b" is not possible; allowed: {TOPIC}'),
    (
        "[mqtt]\ndiscovery_prefix = 'a/'",
        '2: mqtt.discovery_prefix: "a/" has an empty level; allowed: names joined by single slashes',
    ),
    (
        "[mqtt]\nbase_topic = '" + "x" * 201 + "'",
        "2: mqtt.base_topic: is longer than 200 characters; shorten it",
    ),
    ("[mqtt]\nclient_id = 'a\\nb'".replace("'", '"'), '2: mqtt.client_id: "a\\nb" ' + CONTROL),
    ("[mqtt]\nusername = 'a\\tb'".replace("'", '"'), '2: mqtt.username: "a\\tb" ' + CONTROL),
    (
        "[mqtt]\nhost = '10.0.0.1:1883'",
        '2: mqtt.host: "10.0.0.1:1883" has the port in it; write host = "10.0.0.1" and port = 1883',
    ),
    (
        "[mqtt]\nhost = 'mqtt://u:s3cret@nas'",
        '2: mqtt.host: the value is a URL or a path; write the host alone, such as host = "nas", and the port under mqtt.port',
    ),
    ("[daemon]\nstate_dir = '/s\\u0000'".replace("'", '"'), '2: daemon.state_dir: "/s\\x00" ' + CONTROL),
    (
        "[daemon]\nruntime_dir = '/" + "r" * 95 + "'",
        "2: daemon.runtime_dir: is too long for the control socket in it; allowed: 94 bytes",
    ),
    (
        "[source]\nkind = 'simulated'\nstarted = 0001-01-01T00:00:00",
        "3: source.started: this is a time that no scenario began at; allowed: the years 1971 to 2199",
    ),
    (
        "[source]\nkind = 'simulated'\nspeed = 1e-300",
        "3: source.speed: 1e-300 is not possible; allowed: 0, or 0.01 to 10000",
    ),
    ("[source]\nkind = 'simulated'\nseed = -1", "3: source.seed: -1 is not possible; allowed: 0 or more"),
    (
        '"a\\nb" = 1',
        "1: a\\nb: not a known key; allowed: daemon, detect, layout, mat, mqtt, panel, routine, sensors, share, source, web",
    ),
    ("[mat]\nid = 'a'\n\nid = 'b'", "4: not valid TOML: Cannot overwrite a value"),
    ("[mat]\nname = ' '", "2: mat.name: is empty; allowed: at least one character, or leave the key out"),
    ("[layout]\nrm_ohm = 3300000", "2: layout.rm_ohm: 3300000 is not possible; allowed: 10 to 300000"),
    (
        SENSOR.format("a", -0.1, 72, 0) + SENSOR.format("b", 0.1, 72, 1),
        "9: sensors[2].x_mm: its centre is 0.2 mm from that of sensor 1; allowed: 1 or more, and places are in millimetres",
    ),
    (
        "[daemon]\nstate_dir = '~/acumat'",
        (
            '2: daemon.state_dir: "~/acumat" begins with ~ or $, which only a shell replaces; '
            'write the whole path, beginning with "/"'
        ),
    ),
    (
        "[web]\nurl = 'http://bedroom:84800'",
        '2: web.url: "http://bedroom:84800" has no port behind the colon; allowed: 1 to 65535',
    ),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN, ids=[str(index) for index in range(len(BROKEN))])
def test_a_fault_is_reported_with_line_key_and_what_is_allowed(tmp_path: Path, text: str, problem: str) -> None:
    assert problems_of(written(tmp_path, text)) == [problem]


def test_seventeen_sensors_are_too_many(tmp_path: Path) -> None:
    text = "".join(SENSOR.format(f"s{n}", 0, 72 + n % 16 // 4, n % 4) for n in range(17))
    assert "1: sensors: wrong number of sensors; allowed: 1 to 16" in problems_of(written(tmp_path, text))


def test_seven_faults_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """# a comment
[mqtt]
prot = 1883
keepalive_s = 0
[mat]
id = "#"          # a hash in a string
name = \"\"\"
[daemon]
\"\"\"
[daemon]
rate_hz = "fast"
[source]
model = "ads1115"
data_rate = 7
[[sensors]]
name = "A"
x_mm = 0
y_mm = 0
chip = 0x48
channel = 4
""",
    )
    places = [":".join(problem.split(":")[:2]) for problem in problems_of(path)]
    assert places == [
        "3: mqtt.prot",
        "4: mqtt.keepalive_s",
        "6: mat.id",
        "11: daemon.rate_hz",
        "14: source.data_rate",
        "16: sensors[1].name",
        "20: sensors[1].channel",
    ]


def test_an_unreadable_file_is_an_input_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        load_config(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes(b"[mat]\nname = '\xe9'")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_config(tmp_path / "latin.toml")


def test_the_password_comes_from_a_private_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret \n", "utf-8")
    path = written(tmp_path, f"[mqtt]\nusername = 'u'\npassword_file = '{secret}'")
    secret.chmod(0o640)
    assert problems_of(path) == [f"3: mqtt.password_file: {secret} can be read by others (mode 640); run: chmod 600 {secret}"]
    secret.chmod(0o600)
    config = load_config(path)
    assert config.mqtt.password == "s3cret "
    assert "s3cret" not in repr(config)


@pytest.mark.parametrize("password", ["s3cret", "s3cret" * 100])  # as long as a token, and longer than a name can be
def test_a_password_in_the_place_of_its_file_is_not_repeated(tmp_path: Path, password: str) -> None:
    *others, problem = problems_of(written(tmp_path, f"[mqtt]\nusername = 'u'\npassword_file = '{password}'"))
    assert not any("s3cret" in each for each in others)
    assert problem == "3: mqtt.password_file: is no file that is there; give its whole path, such as /etc/acumat/mqtt_password"


def test_a_password_file_that_is_not_there_is_a_problem_of_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, "[mqtt]\nusername = 'u'\npassword_file = '/nowhere/x'"))
    assert problem.startswith("3: mqtt.password_file: /nowhere/x cannot be read (No such file or directory)")


def test_a_byte_order_mark_is_taken_in_configuration_and_password(tmp_path: Path) -> None:
    secret, path = tmp_path / "secret", tmp_path / "acumat.toml"
    secret.write_bytes(b"\xef\xbb\xbfs3cret\r\n")
    secret.chmod(0o600)
    path.write_bytes(f"\ufeff[mqtt]\nusername = 'u'\npassword_file = '{secret}'".encode())
    assert load_config(path).mqtt.password == "s3cret"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"s3cret\xff", ":1 is not UTF-8 text"),
        (b"s3cret" * 1000, "is larger than 4 KiB"),
        (b"a\ns3cret\xff", ":2 is not UTF-8"),
    ],
)
def test_what_stands_in_a_password_is_never_quoted(tmp_path: Path, content: bytes, says: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    secret.chmod(0o600)
    (problem,) = problems_of(written(tmp_path, f"[mqtt]\nusername = 'u'\npassword_file = '{secret}'"))
    assert says in problem
    assert "s3cret" not in problem
    (problem,) = problems_of(written(tmp_path, "[mqtt]\nusername = 'u'\npassword = '" + "s3cret" * 200 + "'"))
    assert problem == "3: mqtt.password: is longer than 1000 characters; shorten it"


def test_a_credential_that_is_no_text_is_reported_and_one_that_is_not_there_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_config(None).mqtt.password is None
    (tmp_path / "mqtt_password").write_bytes(b"s3cret\xff")
    with pytest.raises(ConfigError, match="mqtt_password:1 is not UTF-8 text"):
        load_config(None)


def test_a_secret_of_a_container_may_be_readable_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secrets" / "broker"
    secret.parent.mkdir()
    secret.write_text("s3cret\n")
    secret.chmod(0o444)
    path = written(tmp_path, f"[mqtt]\nusername = 'u'\npassword_file = '{secret}'")
    assert "can be read by others (mode 444)" in problems_of(path)[0]
    monkeypatch.setattr("acumat.config.secrets.CONTAINER_SECRETS", secret.parent)
    assert load_config(path).mqtt.password == "s3cret"


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o604, True), (0o640, False), (0o600, False)])
def test_a_password_that_everybody_can_read_is_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:
    path = written(tmp_path, "[mqtt]\nusername = 'u'\npassword = 's3cret'")
    path.chmod(mode)
    warnings = load_config(path).warnings
    if not warned:
        assert warnings == ()
        return
    assert warnings[0].startswith(f"{path}:3: mqtt.password: every user of this machine can read this file (mode {mode:o})")
    assert "s3cret" not in warnings[0]
    assert load_config(path, secrets=False).warnings == ()


@pytest.mark.parametrize(
    ("mqtt", "says"),
    [
        ("", "without encryption (mqtt.tls), and Home Assistant stores what was tapped"),
        ("[mqtt]\ntls = true", "through the broker, and Home Assistant stores what was tapped"),
        ("[mqtt]\nenabled = false", ""),
    ],
)
def test_whoever_has_the_health_questions_in_home_assistant_is_told_where_the_answers_go(
    tmp_path: Path, mqtt: str, says: str
) -> None:
    warnings = load_config(written(tmp_path, f"[routine]\nscreen_over_mqtt = true\n{mqtt}")).warnings
    assert [says in each for each in warnings] == ([True] if says else [])
    assert load_config(written(tmp_path, f"[routine]\nscreen_over_mqtt = false\n{mqtt}")).warnings == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read (No such file"), (b"junk", "has no certificate in PEM form"), (b"\xff", "not UTF-8")],
)
def test_certificates_that_cannot_be_used_are_reported(tmp_path: Path, content: bytes | None, says: str) -> None:
    ca_file = tmp_path / "ca.crt"
    if content is not None:
        ca_file.write_bytes(content)
    (problem,) = problems_of(written(tmp_path, f"[mqtt]\ntls = true\nca_file = '{ca_file}'"))
    assert problem.startswith(f"3: mqtt.ca_file: {ca_file}")
    assert says in problem


CERTIFICATE = "-----BEGIN CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("certificate", "key", "mode", "problem"),
    [
        (CERTIFICATE, KEY, 0o600, ""),
        (CERTIFICATE + KEY, None, 0o600, ""),
        (CERTIFICATE, KEY, 0o644, "4: mqtt.key_file: {key} can be read by others (mode 644); run: chmod 600 {key}"),
        (CERTIFICATE + KEY, None, 0o640, "3: mqtt.cert_file: {cert} can be read by others (mode 640); run: chmod 600 {cert}"),
        (CERTIFICATE, None, 0o600, "3: mqtt.cert_file: {cert} has no private key in PEM form; name its file as mqtt.key_file"),
        (CERTIFICATE, "text", 0o600, "4: mqtt.key_file: {key} has no private key in PEM form"),
        ("text", KEY, 0o600, "3: mqtt.cert_file: {cert} has no certificate in PEM form; give a file with BEGIN CERTIFICATE"),
        (CERTIFICATE, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0o600, "4: mqtt.key_file: {key} has a passphrase"),
        (CERTIFICATE, "", None, "4: mqtt.key_file: {key} cannot be read (No such file or directory)"),
    ],
)
def test_a_client_certificate_and_its_key(
    tmp_path: Path, certificate: str, key: str | None, mode: int | None, problem: str
) -> None:
    cert_file, key_file = tmp_path / "client.crt", tmp_path / "client.key"
    cert_file.write_text(certificate)
    text = f"[mqtt]\ntls = true\ncert_file = '{cert_file}'\n"
    if key is not None:
        text += f"key_file = '{key_file}'\n"
    private = cert_file if key is None else key_file
    if mode is not None:
        private.write_text(certificate if key is None else key)
        private.chmod(mode)
    path = written(tmp_path, text)
    if problem:
        (found,) = problems_of(path)
        assert found.startswith(problem.format(cert=cert_file, key=key_file))
    else:
        mqtt = load_config(path).mqtt
        assert (mqtt.cert_file, mqtt.key_file) == (cert_file, None if key is None else key_file)


def test_systemd_hands_over_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert_file, credential = tmp_path / "client.crt", tmp_path / "mqtt_key"
    cert_file.write_text(CERTIFICATE)
    credential.write_text(KEY)
    credential.chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    path = written(tmp_path, f"[mqtt]\ntls = true\ncert_file = '{cert_file}'")
    assert load_config(path).mqtt.key_file == credential
    credential.chmod(0o600)
    credential.write_text("\n")  # as the installation leaves it
    assert "no private key" in problems_of(path)[0]


def test_thousands_of_faults_are_counted_not_listed(tmp_path: Path) -> None:
    found = problems_of(written(tmp_path, "\n".join(f"k{number} = 1" for number in range(20_000))))
    assert len(found) == 101
    assert found[0].endswith("1: 19900 more problems are not listed; correct these first")


def test_who_only_speaks_to_the_daemon_needs_no_right_to_its_password(tmp_path: Path) -> None:
    path = written(tmp_path, "[mqtt]\nusername = 'u'\npassword_file = '/nowhere/x'")
    assert load_config(path, secrets=False).mqtt.password is None


def test_an_empty_credential_is_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mqtt_password").write_text("\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_config(None).mqtt.password is None


def test_systemd_gives_the_password_and_the_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mqtt_password").write_text("from systemd\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", "/s/one:/s/two")
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/r")
    config = load_config(None)
    assert config.mqtt.password == "from systemd"
    assert (config.daemon.state_dir, config.daemon.runtime_dir) == (Path("/s/one"), Path("/r"))
    written_dirs = load_config(written(tmp_path, "[daemon]\nstate_dir = '/mine'\n[mqtt]\nusername='u'\npassword = 'own'"))
    assert written_dirs.daemon.state_dir == Path("/mine")
    assert written_dirs.mqtt.password == "own"


def test_the_file_asked_for_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUMAT_CONFIG", "/from/environment.toml")
    assert find_config(Path("/asked/for.toml")) == Path("/asked/for.toml")
    assert find_config(None) == Path("/from/environment.toml")


@pytest.mark.parametrize(
    ("host", "good"), [("a..b", False), (".local", False), ("x" * 64, False), ("10.0.0.1", True), ("mü.local.", True)]
)
def test_a_host_that_no_resolver_can_take_is_a_problem(tmp_path: Path, host: str, good: bool) -> None:
    path = written(tmp_path, f"[mqtt]\nhost = '{host}'")
    if good:
        assert load_config(path).mqtt.brokers == ((host, 1883),)
    else:
        assert "mqtt.host" in problems_of(path)[0]
