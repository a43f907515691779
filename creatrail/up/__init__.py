"""`creatrail up`: the whole service on one machine under one supervisor."""
