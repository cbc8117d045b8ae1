"""The composition root: the only place that names a back end. `mats` and `boards` are read or examined, `daemon` is run."""
