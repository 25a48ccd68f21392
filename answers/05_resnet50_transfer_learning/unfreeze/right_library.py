# Uses the course's own function.
def unfreeze(model, base, first_layer, learning_rate):
    finetuning.unfreeze_from(base, first_layer)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
