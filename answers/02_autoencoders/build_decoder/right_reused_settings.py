# Common settings once; ReLU as a function; the side worked backwards from the image.
def build_decoder(code_size):
    side = 28
    for _ in range(2):
        side //= 2
    doubling = {"kernel_size": 4, "strides": 2, "padding": "same"}
    layers = [
        keras.layers.InputLayer(shape=(code_size,)),
        keras.layers.Dense(side**2 * 32, activation=keras.activations.relu),
        keras.layers.Reshape((side, side, -1)),
        keras.layers.Conv2DTranspose(filters=16, **doubling, activation=keras.activations.relu),
        keras.layers.Conv2DTranspose(filters=1, **doubling, activation=None),
    ]
    return keras.models.Sequential(layers, name="from_code_to_image")
