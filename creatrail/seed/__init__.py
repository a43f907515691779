"""The demo: an account with campaigns, creators, links and two months of traffic; for `up` and `creatrail seed`."""
