"""Measures what the service promises, as ratios against the same work done bare; run by `./dev bench NAME`."""
