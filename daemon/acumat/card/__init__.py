"""The files that turn a new card with Raspberry Pi OS into a mat, without anything typed on the Pi."""
