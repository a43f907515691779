"""How a scenario kills a program and brings it back."""

from tests.chaos.trial import Trial


def kill_and_launch(trial: Trial, name: str) -> None:
    trial.system.programs[name].crash()
    trial.system.programs[name].launch()


def kill_and_start(trial: Trial, name: str) -> None:
    trial.system.programs[name].crash()
    trial.system.programs[name].start()


def leave_alone(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
