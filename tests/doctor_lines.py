"""What the doctor printed, taken apart for the tests of it."""

from dataclasses import dataclass, field


@dataclass
class Said:
    """The doctor's lines."""

    lines: list[str] = field(default_factory=list)

    def about(self, step: str) -> str:
        """State and text of a step; the remedy of a broken one follows its problem."""
        for number, line in enumerate(self.lines):
            state, _, rest = line.partition(" ")
            if rest.split()[:1] == [step] and state != "warning":
                text = rest.split(None, 1)[1]
                return f"{state}: {text}" + (f" / {self.lines[number + 1].strip()}" if state == "broken" else "")
        raise AssertionError(f"nothing about {step} in {self.lines}")

    def warnings(self) -> list[str]:
        return [line.split(None, 2)[2] for line in self.lines if line.startswith("warning")]

    def steps(self) -> dict[str, str]:
        """The state of each step, in the order in which they were tried."""
        words = [line.split() for line in self.lines if not line.startswith((" ", "warning"))]
        return {step: state for state, step, *_ in words}
