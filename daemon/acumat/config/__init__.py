"""The configuration: a TOML file in, frozen plain values out, every problem at once with its line."""

from acumat.config.file import ConfigError, control_socket_of, find_config, load_config
from acumat.config.values import (
    Ads1x15Config,
    Config,
    DaemonConfig,
    MqttConfig,
    PanelConfig,
    RoutineConfig,
    SimulatedConfig,
    WebConfig,
)

__all__ = [
    "Ads1x15Config",
    "Config",
    "ConfigError",
    "DaemonConfig",
    "MqttConfig",
    "PanelConfig",
    "RoutineConfig",
    "SimulatedConfig",
    "WebConfig",
    "control_socket_of",
    "find_config",
    "load_config",
]
