"""`python -m creatrail`: the same as the `creatrail` command, without an installation."""

from creatrail.programs import main

main()
