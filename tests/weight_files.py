"""Files of weights as Keras Applications publishes them, made by the tests themselves."""

import h5py


def write_weights(model, path):
    """Write the weights of `model` in the order and the layout that its published file has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layers = [layer for layer in model.layers if layer.weights]
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            weights = layer.trainable_weights + layer.non_trainable_weights
            names = [f"{layer.name}/{number}:0".encode() for number in range(len(weights))]
            group.attrs["weight_names"] = names
            for name, weight in zip(names, weights, strict=True):
                group.create_dataset(name.decode(), data=weight.numpy())
    return path
