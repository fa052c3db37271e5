"""Compares what two programs made of the entries, and says what differs."""
import comparing

SHOWN = 12  # differences of one run, unless all are asked for


class Report:
    """Collects differences, what of them is allowed, and how much was compared."""

    def __init__(self, allowances):
        self.allowances = allowances
        self.datasets = self.numbers = self.runs = self.allowed = 0
        self.alone = []  # runs that the base does not play
        self.found = {}  # {run: [(path or None, what)]}

    def compare(self, run, base, tree, renames=()):
        """One run, `PRESET/NAME`, as each side played it. True when nothing differs that is not allowed."""
        self.runs += 1
        if base.failure() or tree.failure():
            for side, played in (("base", base), ("tree", tree)):
                self.add(run, None, f"{side}: {played.failure() or 'went well'}")
            return False
        of_base = {comparing.renamed(path, renames): array for path, array in base.results().items()}
        of_tree = tree.results()
        self.datasets += len(of_base.keys() | of_tree.keys())
        self.numbers += sum(array.size for array in of_tree.values())
        for path, what in comparing.differences(of_base, of_tree):
            allowing = [allowance for allowance in self.allowances if allowance.covers(run, path, what)]
            self.allowed += bool(allowing)
            if not allowing:
                self.add(run, path, what)
        return run not in self.found

    def tree_alone(self, run, tree):
        """One run that the base does not play."""
        self.alone.append(run)
        if tree.failure():
            self.add(run, None, f"tree: {tree.failure()}")

    def add(self, run, path, what):
        self.found.setdefault(run, []).append((path, what))

    def print(self, show_all=False, unused=True):
        """What differs, then the allowances (the unused ones too, where all runs were played), then one line about all."""
        for run, differing in self.found.items():
            print(f"\n{run}")
            for path, what in differing if show_all else differing[:SHOWN]:
                print(f"  {path + ': ' if path else ''}{what}")
            if len(differing) > SHOWN and not show_all:
                print(f"  and {len(differing) - SHOWN} more, which --all shows")
        if self.alone:
            print(f"\nplayed by the tree alone: {', '.join(self.alone)}")
        self.print_allowances(unused)
        count = sum(len(differing) for differing in self.found.values())
        print(f"\n{self.runs} runs, {self.datasets} datasets, {self.numbers} numbers: "
              f"{f'{count} differences in {len(self.found)} runs' if count else 'the same bits'}"
              f"{f', {self.allowed} allowed differences' if self.allowed else ''}")

    def print_allowances(self, unused):
        for place, allowance in enumerate(self.allowances, 1):
            name = f"allowed.yaml, entry {place} ({', '.join(allowance.datasets)})"
            if not allowance.used:
                if unused:
                    print(f"\nwarning: {name} allows what does not differ from this base")
                continue
            print(f"\nallowed by {name}: {allowance.why}\n  shown to be right by \"{allowance.test}\"")
            for run, count in allowance.used.items():
                print(f"  {run}: {count} datasets")
