"""Random small networks: every layer that the program has takes part where `descent check` lets it."""


class Networks:
    """Draws networks; `fits(experiment)` says whether the program accepts an experiment."""

    def __init__(self, values, fits):
        self.values, self.chance, self.fits = values, values.chance, fits
        self.pages = values.pages

    def activation(self):
        names = [name for name in self.pages.names("layer") if self.fits_anywhere(name)]
        name = self.chance.choice(names)
        options = self.values.options("layer", name)
        return {name: options} if options else name

    def layer(self, name):
        """A layer as an entry of `layers`, with random options."""
        options = self.values.options("layer", name)
        for option in self.pages.options("layer", name).values():
            if option.kind == "layers" and option.required:
                options[option.name] = [self.activation()]
            elif option.required and option.name not in options:
                options.update(self.plain(name)[name])
        if self.has_weights(name) and self.values.often(0.15):
            return {name: options, "initializer": self.initializer()}
        return {name: options} if options else name

    def has_weights(self, name):
        return "spectral_norm" in self.pages.options("layer", name)

    def initializer(self):
        name = self.chance.choice(self.pages.topic("initializer"))
        needs = {"normal": 0.1, "uniform": 0.2, "constant": 0.02}
        return {name: needs[name]} if name in needs else name

    def fits_anywhere(self, name):
        """Whether a layer, with no options, keeps the shape of features: activations, norms, noise."""
        required = any(option.required for option in self.pages.options("layer", name).values())
        return not required and self.fits_after([{"linear": 4}, name, name])

    def fits_features(self, name):
        return self.fits_after([{"linear": 4}, self.plain(name)])

    def fits_images(self, name):
        return self.fits_after([{"conv2d": 4}, self.plain(name)], images=True)

    def keeps_images(self, name):
        """Whether images are still images after it: a pool accepts them."""
        return self.fits_after([{"conv2d": 4}, self.plain(name), {"max_pool2d": 1}], images=True)

    def plain(self, name):
        """A layer with nothing but what it needs, always the same: whether it fits is asked once."""
        needs = {"whole number or output": 4, "whole number": 2, "layers": ["relu"], "list of whole numbers": [4]}
        options = {option.name: needs.get(option.kind) for option in self.pages.options("layer", name).values()
                   if option.required}
        return {name: options} if options else name

    def fits_after(self, layers, images=False):
        """Whether the program accepts these layers for points, or for images of 8 by 8 pixels."""
        dataset = {"plugin": "glyphs", "pixels": 8, "examples": 8, "test_examples": 2} if images else \
            {"plugin": "swiss_roll", "samples": 8}
        model = {"plugin": "mlp", "network": {"layers": layers}}
        if not images:
            model.update(input="point", target="point")
        return self.fits({"dataset": dataset, "model": model, "loss": "cross_entropy" if images else "mean_squared_error",
                          "optimizer": "sgd", "trainer": {"steps": 1, "batch_size": 4}})

    def flat(self, conditional=False):
        """For features; images are flattened."""
        if self.values.often(0.3):
            drawn = {"hidden": [self.chance.randint(2, 16) for _ in range(self.chance.randint(0, 2))]}
            if self.values.often(0.7):
                drawn["activation"] = self.activation()
            if self.values.often(0.3):
                drawn["batch_norm"] = True
            if self.values.often(0.2):
                drawn["dropout"] = 0.2
        else:
            drawn = {"layers": self.layers(self.chance.randint(1, 5), images=False)}
            if conditional and self.values.often(0.5):
                drawn["layers"] += [{"linear": 6}, "conditional_batch_norm"]
        return self.started(drawn)

    def layers(self, count, images):
        """`count` layers, each of which fits what the one before it gives."""
        names = self.pages.names("layer")
        drawn = [self.convolution() if images else {"linear": self.chance.randint(2, 8) * 2}]
        while len(drawn) < count:
            name = self.chance.choice(names)
            if not (self.fits_images(name) if images else self.fits_features(name)):
                continue
            drawn.append(self.layer(name))
            images = images and self.keeps_images(name)
        return drawn

    def convolution(self):
        drawn = {"channels": self.chance.randint(2, 6), "kernel": self.chance.choice([1, 3, 4]), "padding": "same",
                 "stride": self.chance.choice([1, 2]), **({"spectral_norm": True} if self.values.often(0.3) else {})}
        return {"conv2d": drawn}

    def of_images(self):
        """From images to numbers: an encoder, a discriminator, a classifier."""
        if self.values.often(0.4):
            return self.flat()
        return self.started({"layers": self.layers(self.chance.randint(1, 5), images=True)})

    def to_images(self, conditional=False):
        """From numbers to images of 8 by 8 pixels, or flat: a decoder, a generator."""
        if self.values.often(0.6):
            return self.flat(conditional)
        channels = self.chance.randint(2, 4)
        layers = [{"linear": 16 * channels}, {"reshape": [4, 4, channels]}]
        if self.values.often(0.5):
            layers.append("conditional_batch_norm" if conditional else "batch_norm")
        layers += [self.activation()]
        if self.values.often(0.3):
            layers.append(self.chance.choice(["self_attention2d", "instance_norm", {"residual": {"layers": ["relu"]}}]))
        if self.values.often(0.5):
            layers.append({"conv_transpose2d": {"channels": "output", "kernel": 4, "stride": 2, "padding": "same"}})
        else:
            layers += [{"upsample": {"factor": 2}}, {"conv2d": {"channels": "output", "padding": "same"}}]
        return self.started({"layers": layers})

    def started(self, network):
        if self.values.often(0.3):
            network["initializer"] = self.initializer()
        return network
