"""A random experiment from a seed. What is drawn is put together part by part: a part that `descent check` refuses is left
out, but for some experiments, which stay as they were drawn so that refusals take part too."""
import copy
import json
import random

import random_data
from networks import Networks
from random_values import Values

EVALUATION_POINTS = ["ema", "lookahead", "schedule_free", "accumulate"]
GAME_RULES = ["extragradient", "optimistic", "sam"]


class Drawn:
    """An experiment; `more_steps` is what `trainer.steps` is raised to at the end, or nothing."""

    def __init__(self, experiment, more_steps):
        self.experiment, self.more_steps = experiment, more_steps


class Author:
    """Draws the experiment of one seed. `accepts(experiment)` is what `descent check` says."""

    def __init__(self, pages, seed, folder, accepts):
        self.chance = random.Random(f"experiment {seed}")
        self.values = Values(pages, self.chance)
        self.pages, self.folder, self.accepts = pages, folder, accepts
        self.networks = Networks(self.values, accepts)
        self.data_sets = 0

    def often(self, probability):
        return self.values.often(probability)

    def draw(self):
        core = self.core()
        for _ in range(4):
            if self.accepts(core):
                break
            core = self.core()
        additions = self.additions(core)
        whole = self.with_all(core, additions) if self.often(0.08) else self.with_accepted(core, additions)
        return Drawn(whole, self.more_steps(whole["trainer"]["steps"]) if self.often(0.15) else "")

    def more_steps(self, steps):
        """In the same unit."""
        number, *unit = str(steps).split()
        return " ".join([str(int(number) * self.chance.choice([2, 3])), *unit])

    @staticmethod
    def with_all(experiment, additions):
        whole = copy.deepcopy(experiment)
        for add in additions:
            add(whole)
        return whole

    def with_accepted(self, experiment, additions):
        """Without the additions that are refused; those that go together are asked about together."""
        whole = self.with_all(experiment, additions)
        if self.accepts(whole):
            return whole
        if len(additions) <= 1:
            return experiment
        half = len(additions) // 2
        return self.with_accepted(self.with_accepted(experiment, additions[:half]), additions[half:])

    # ---- what no experiment is without

    def core(self):
        self.data_sets += 1
        data = random_data.draw(self.values, self.folder / str(self.data_sets))
        models = self.pages.names("model")
        model = "point" if data.holds == "deep" else self.chance.choice(
            [*models, "gan"] if self.often(0.3) else [*(name for name in models if name != "point"), "gan"])
        experiment = {"name": "chaos", "seed": self.chance.randint(0, 1000), "threads": self.chance.choice([1, 1, 2])}
        if model != "point" or data.holds == "deep":
            experiment["dataset"] = data.section
        experiment["model"] = self.model(model, data)
        experiment["loss"] = [self.main_loss(experiment)]
        experiment["optimizer"] = self.simple_rule()
        experiment["trainer"] = {"steps": self.chance.randint(8, 90), "batch_size": self.chance.choice([4, 8, 10, 16, 30])}
        self.data = data
        return experiment

    def model(self, name, data):
        if name == "point":
            return {"plugin": name, **self.start(data)}
        model = {"plugin": name}
        conditional = data.label is not None and "condition" in self.pages.options("model", name) and self.often(0.3)
        for option in self.pages.options("model", name).values():
            if option.kind == "network":
                model[option.name] = self.network(option.name, data, conditional)
            elif option.name in ("field", "input") and data.field:
                model[option.name] = data.field
            elif option.name == "target":
                model[option.name] = data.label or data.field
            elif option.name == "condition" and conditional:
                model[option.name] = data.label
            elif option.name == "packing":
                model[option.name] = self.chance.choice([1, 1, 2])
            elif option.kind == "likelihood":
                gaussian = [{"gaussian": spread} for spread in (0.5, "shared", "per_element", "decoded")]
                bernoulli = ["bernoulli"] * 5 if data.holds == "images" else []
                model[option.name] = self.chance.choice([*gaussian, "squared_error", *bernoulli])
            elif option.kind == "prior" and self.often(0.4):
                model[option.name] = self.chance.choice([
                    {"mixture": {"components": 3}}, {"vamp": {"components": 4, "start": "data"}},
                    {"vamp": {"components": 4, "start": "random"}}, "none", "conditional"])
            elif option.kind == "whole number":
                model[option.name] = self.chance.randint(1, 5)
            elif option.kind == "choice" and self.often(0.3):
                model[option.name] = self.chance.choice(option.choices)
        return model

    def network(self, name, data, conditional):
        if data.holds == "images" and name in ("decoder", "generator"):
            return self.networks.to_images(conditional and name == "generator")
        if data.holds == "images" and name in ("encoder", "discriminator", "network"):
            return self.networks.of_images()
        return self.networks.flat()

    def start(self, data):
        numbers = lambda count: [round(self.chance.uniform(-1.5, 1.5), 3) for _ in range(count)]
        if data.holds == "deep":
            return {"start": [1.0], "repeat": 100}
        names = self.chance.choice([None, None, ("x", "y"), ("generator", "discriminator")])
        return {"start": {name: numbers(1) for name in names} if names else numbers(2)}

    def main_loss(self, experiment):
        """Any loss that makes a game of its own with this model, by the program's word."""
        candidates = self.pages.names("loss")
        self.chance.shuffle(candidates)
        probe = {**experiment, "optimizer": "sgd", "trainer": {"steps": 1, "batch_size": 4}}
        for name in candidates:
            if self.accepts({**probe, "loss": name}):
                return self.values.plugin("loss", name)
        return candidates[0]

    # ---- optimizers

    def simple_rule(self):
        return {"plugin": "adam", "learning_rate": 1e-3}

    def rule(self, name):
        rule = self.values.plugin("optimizer", name)
        if self.often(0.25) or name in ("muon", "shampoo"):
            rule = rule if isinstance(rule, dict) else {"plugin": rule}
            rule["fallback"] = self.chance.choice(["frozen", "sgd", [{"plugin": "clip_norm", "max": 1.0}, "adam"]])
        return rule

    def chain(self):
        names = self.chance.choices(self.pages.names("optimizer"), k=self.chance.randint(1, 3))
        if self.often(0.2):
            names.insert(0, self.chance.choice(GAME_RULES))
        if self.often(0.4):
            names.append(self.chance.choice(EVALUATION_POINTS))
        return [self.rule(name) for name in names[:4]]

    def groups(self, core):
        """The names of the model's parameter groups that are certain."""
        model = core["model"]
        if isinstance(model.get("start"), dict):
            return list(model["start"])
        options = self.pages.options("model", model["plugin"]).values()
        return [option.name for option in options if option.kind == "network"]

    def optimizer(self, core):
        groups = self.groups(core)
        form = self.chance.random()
        if form < 0.45 or not groups:
            return self.chain()
        if form < 0.6:
            return {"*.bias": "frozen", "*": self.chain()}
        one = self.chance.choice(groups)
        return {one: self.chain(), "*": self.chain()}

    # ---- everything else

    def additions(self, core):
        """Functions that put one random part each into an experiment."""
        steps = core["trainer"]["steps"]
        added = [self.put("optimizer", self.optimizer(core))]
        if self.often(0.3):
            added.append(self.put("precision", {"products": "bfloat16", "emulated": True}))
        if "dataset" in core and self.often(0.4):
            added.append(self.transforms())
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            added.append(self.extra_loss())
        added += self.trainer_parts(core)
        added += self.metrics(steps)
        added += self.log_parts(core, steps)
        checkpoint = {"every": self.values.duration(steps)} if self.often(0.85) else {}
        if self.often(0.6):
            checkpoint["keep"] = self.chance.randint(1, 4)
        return [*added, self.put("checkpoint", checkpoint)]

    @staticmethod
    def put(section, value):
        def add(experiment):
            if isinstance(value, dict) and isinstance(experiment.get(section), dict) and section != "optimizer":
                experiment[section].update(copy.deepcopy(value))
            else:
                experiment[section] = copy.deepcopy(value)
        return add

    def transforms(self):
        drawn = []
        for name in self.chance.sample(self.pages.topic("transform"), self.chance.randint(1, 3)):
            options = self.values.options("transform", name)
            drawn.append({name: options} if options else name)

        def add(experiment):
            dataset = experiment["dataset"]
            experiment["dataset"] = dataset = dict(dataset) if isinstance(dataset, dict) else {"plugin": dataset}
            dataset["transforms"] = [*dataset.get("transforms", []), *drawn]
        return add

    def extra_loss(self):
        name = self.chance.choice(self.pages.names("loss"))
        loss = self.values.plugin("loss", name, {"name": f"extra_{name}_{self.chance.randint(0, 99)}", "weight": 0.01})
        if self.often(0.3):
            loss["weight"] = {"schedule": "linear", "from": 0.02, "to": 0.001, "steps": 30}
        if self.often(0.5):
            loss["every"] = self.chance.randint(1, 5)

        def add(experiment):
            experiment["loss"] = [*experiment["loss"], loss]
        return add

    def trainer_parts(self, core):
        parts = [{"prefetch": self.often(0.5)}]
        if self.often(0.3):
            parts.append({"validation": self.chance.randint(2, 12)})
        if self.often(0.4):
            parts.append({"last_batch": self.chance.choice(["keep", "drop"])})
        if self.often(0.4):
            parts.append({"shuffle": self.chance.choice(["once", "every_epoch"])})
        if self.often(0.4):
            parts.append({"evaluation_batches": self.chance.randint(1, 6)})
        if self.often(0.15):
            parts.append({"steps": f"{self.chance.randint(2, 6)} epochs"})
        if self.often(0.25):
            parts.append({"turns": "simultaneous"})
        elif self.often(0.4):
            groups = self.groups(core)
            order = self.chance.sample(groups, len(groups))
            parts.append({"turns": [{group: self.chance.randint(1, 3)} for group in order]})
        return [self.put("trainer", part) for part in parts]

    def metrics(self, steps):
        """Metrics, and what depends on one: the stop rule and the best checkpoint."""
        added, names = [], self.chance.sample(self.pages.names("metric"), 3)
        for name in ["objective", *names]:
            if not self.often(0.7):
                continue
            metric = self.values.plugin("metric", name, {"every": self.values.duration(steps)}, share=0.2)
            if self.often(0.3):
                metric["split"] = self.chance.choice(["train", "validation", "test"])
            added.append(self.append("metrics", metric))
            measure = self.chance.choice([one for one, better in self.pages.measures(name).items() if better != "neither"]
                                         or [next(iter(self.pages.measures(name)))])
            if self.often(0.3):
                added.append(self.put("checkpoint", {"best": f"{name}/{measure}"}))
            if self.often(0.25):
                rule = {"patience": self.chance.randint(1, 4)} if self.often(0.7) else {"target": 0.5}
                added.append(self.put("trainer", {"stop": {"metric": f"{name}/{measure}", **rule}}))
        return added

    @staticmethod
    def append(section, entry):
        def add(experiment):
            experiment[section] = [*experiment.get(section, []), copy.deepcopy(entry)]
        return add

    def log_parts(self, core, steps):
        parts = [{"metrics": {"every": self.chance.choice([1, 1, 2, 7])}}]
        if self.often(0.5):
            per = self.chance.choice(["player", "parameter"])
            parts.append({"optimizer": {"every": self.values.duration(steps), "per": per}})
        if self.often(0.5):
            parts.append({"samples": {"every": self.values.duration(steps), "count": self.chance.randint(1, 9)}})
        if self.often(0.3):
            parts.append({"compression": "gzip"})
        if self.often(0.6):
            parts.append({"tensors": [self.tensor_entry(steps) for _ in range(self.chance.randint(1, 3))]})
        return [self.put("log", part) for part in parts]

    def tensor_entry(self, steps):
        what = self.chance.choice(["values", "gradients", "updates", "slots"])
        pattern = "*" if what == "slots" else self.chance.choice(["*", "*.bias", "*.weight"])
        entry = {what: pattern, "every": self.values.duration(steps)}
        form = self.chance.choice([None, None, "histogram", "summary"])
        return {**entry, form: True} if form else entry


def text_of(experiment):
    """The experiment as YAML: JSON is."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in experiment.items()]
    return "\n".join(lines) + "\n"
