"""Random values for options: what a manual page says of type, default and range decides."""
import math


class Values:
    """Draws from `chance` what `pages` allow."""

    def __init__(self, pages, chance):
        self.pages, self.chance = pages, chance

    def often(self, probability):
        return self.chance.random() < probability

    def plugin(self, kind, name, given=None, share=0.4):
        """{plugin: NAME, …} with some of its options, or its name alone; `given` come first."""
        options = self.options(kind, name, set(given or {}), share)
        return {"plugin": name, **(given or {}), **options} if options or given else name

    def options(self, kind, name, without=(), share=0.4):
        """{option: value} of some of the options for which this room has values, and of all that would take long."""
        drawn = {}
        for option in self.pages.options(kind, name).values():
            if option.name in without or not (self.is_large(option) or option.required or self.often(share)):
                continue
            value = self.value(option)
            if value is not None:
                drawn[option.name] = value
        return drawn

    @staticmethod
    def is_large(option):
        """Counts of samples and the like are made for measurements, not for runs of a second."""
        return option.kind == "whole number" and isinstance(option.default, int) and option.default >= 50

    def value(self, option):
        """A value, or None for types that depend on more than the page says."""
        kind = option.kind
        if kind == "number":
            return self.number(option)
        if kind == "number or schedule":
            return self.schedule(option) if self.often(0.4) else self.number(option)
        if kind == "choice":
            return self.chance.choice(option.choices)
        if kind == "true or false":
            return self.often(0.5)
        if kind == "whole number":
            return self.whole(option)
        if kind == "whole number or output":
            return self.chance.randint(2, 12)
        if kind == "whole number or [height, width]" and option.default:
            return self.chance.randint(1, 3)
        return None

    def whole(self, option):
        low = max(int(option.low or 0), 2 if self.is_large(option) else 0)
        usual = option.default if isinstance(option.default, int) else 2
        high = 40 if self.is_large(option) else max(low, 2 * usual, 3)
        return self.chance.randint(low, int(min(high, option.high or high)))

    def number(self, option, factor=1.0):
        usual = option.default if isinstance(option.default, (int, float)) and option.default else 0.03
        low, high = option.low, option.high
        if low == 0 and high == 1 and self.often(0.5):
            number = self.chance.uniform(0, 1)
        elif self.often(0.1) and option.default == 0:
            number = 0.0
        else:
            number = usual * 10 ** self.chance.uniform(-1, 0.5) * factor
        if low is not None and number <= low:
            number = low + 1e-3 if option.low_is_open else low
        if high is not None and number >= high:
            number = high - (1e-3 if option.high_is_open else 0)
        return float(f"{number:.3g}")

    def schedule(self, option, depth=0):
        """Any form that there is; its numbers are around those of the option."""
        form = self.chance.choice(self.pages.topic("schedule"))
        drawn = {"schedule": form}
        for key in self.pages.options("schedule", form).values():
            if not key.required and self.often(0.5):
                continue
            if key.name == "boundaries":
                continue
            if key.kind == "number or a schedule":
                drawn[key.name] = self.number(option) if depth > 1 else self.schedule(option, depth + 1)
            elif key.kind == "list of numbers":
                drawn[key.name] = [self.number(option) for _ in range(self.chance.randint(2, 4))]
                drawn["boundaries"] = sorted(self.chance.sample(range(1, 40), len(drawn[key.name]) - 1))
            elif key.kind == "whole number":
                drawn[key.name] = self.chance.randint(max(1, int(key.low or 0)), 40)
            elif key.high is None and key.low is None and key.name not in ("rate", "factor", "power"):
                drawn[key.name] = self.number(option)
            else:
                drawn[key.name] = float(f"{self.chance.uniform(max(key.low or 0, 0.05), min(key.high or 1, 1) - 1e-3):.3g}")
        return drawn

    def duration(self, steps):
        return max(1, math.ceil(steps * self.chance.uniform(0.05, 0.5)))
