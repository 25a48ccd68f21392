# Scikit-learn has a function for it.
def balanced_weights(labels):
    from sklearn.utils.class_weight import compute_class_weight

    classes = np.array([False, True])
    return dict(
        zip(
            [0, 1],
            compute_class_weight("balanced", classes=classes, y=np.array(labels)),
            strict=True,
        )
    )
