"""The composition root: the only place that names a back end."""
