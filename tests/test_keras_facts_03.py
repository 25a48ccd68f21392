"""What lesson 03 claims about Keras and its own trainings, one test per claim, named after it.

When a new release makes one of these fail, the paragraph that says so has to change with it.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib import checkpoints, data, pretraining
from course_lib.authoring import lesson_code


@pytest.fixture(scope="module")
def lesson():
    return lesson_code.definitions("03_gans")


@pytest.fixture
def pair(lesson):
    keras.utils.set_random_seed(0)
    return lesson.build_generator(), lesson.build_discriminator(pretraining.build_encoder())


def values(model):
    return [weight.copy() for weight in model.get_weights()]


def same(before, model):
    return all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_the_sigmoid_of_minus_200_is_exactly_zero_in_32_bits_and_softplus_is_finite():
    logit = keras.ops.convert_to_tensor(-200.0)
    assert keras.ops.sigmoid(logit).numpy() == 0.0
    assert np.isneginf(keras.ops.log(keras.ops.sigmoid(logit)).numpy())
    assert keras.ops.softplus(-logit).numpy() == 200.0


def test_each_network_is_moved_by_its_own_step_only(lesson, pair):
    generator, discriminator = pair
    for moving, still, rates in (
        (discriminator, generator, (0.0, 0.001)),
        (generator, discriminator, (0.001, 0.0)),
    ):
        game = lesson.GAN(generator, discriminator)
        game.compile(*(lesson.adam(rate) for rate in rates))
        before = values(moving)
        trainable = [v.numpy() for v in still.trainable_variables]
        game.fit(
            np.random.default_rng(0).random((20, 28, 28, 1), "float32"), batch_size=10, verbose=0
        )
        assert not same(before, moving)
        assert all(
            np.array_equal(a, v.numpy())
            for a, v in zip(trainable, still.trainable_variables, strict=True)
        )


def test_made_images_outside_the_tape_send_no_gradient_to_the_generator(lesson, pair):
    generator, discriminator = pair
    noise = keras.random.normal((4, lesson.NOISE))
    images = generator(noise, training=True)
    with tf.GradientTape() as tape:
        loss = lesson.discriminator_loss(discriminator(images), discriminator(images))
    assert all(g is None for g in tape.gradient(loss, generator.trainable_variables))


def test_the_two_losses_pull_the_generator_in_opposite_directions(lesson):
    images = pretraining.to_unit(data.load_fashion_mnist().unlabelled[:100])
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        generator = lesson.build_generator()
        discriminator = lesson.build_discriminator(pretraining.build_encoder())
        noise = keras.random.normal((100, lesson.NOISE))
        with tf.GradientTape() as tape:
            made = discriminator(generator(noise, training=True), training=True)
            loss = lesson.discriminator_loss(discriminator(images), made)
        of_d = lesson.in_one_row(tape.gradient(loss, generator.trainable_variables))
        of_g = lesson.in_one_row(lesson.generator_gradients(generator, discriminator, noise))
        assert of_d @ of_g < -0.5 * np.linalg.norm(of_d) * np.linalg.norm(of_g)


def test_random_rotation_takes_a_share_of_a_full_turn_and_reflects_by_default():
    image = np.zeros((200, 28, 28, 1), "float32")
    image[:, 4, 13:15] = 1.0  # a spot straight above the middle
    turned = np.asarray(keras.layers.RandomRotation(25 / 360)(image, training=True))
    grid = np.stack(np.meshgrid(range(28), range(28), indexing="ij"), -1) - 13.5
    centre = np.einsum("nrc,rcd->nd", turned[..., 0], grid) / turned.sum((1, 2, 3))[:, None]
    angles = np.degrees(np.arctan2(centre[:, 1], -centre[:, 0]))
    assert 19 < np.abs(angles).max() < 27
    assert keras.layers.RandomRotation(0.1).fill_mode == "reflect"


def test_a_train_step_that_returns_a_value_called_loss_reports_another_one():
    """Why the lesson's steps report under names of their own."""

    class Silent(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def train_step(self, x):
            return {"loss": keras.ops.sum(keras.ops.abs(self.dense(x))) + 1.0}

    model = Silent()
    model.compile("sgd")
    history = model.fit(np.ones((4, 2), "float32"), verbose=0)
    assert history.history["loss"] == [0.0]


def test_the_loss_of_a_constant_encoder_is_what_guessing_costs(lesson):
    for n in (2, 100, 250):
        constant = np.ones((n, 32), "float32")
        assert float(lesson.nt_xent(constant, constant)) == pytest.approx(
            np.log(2 * n - 1), rel=1e-4
        )


def test_the_shipped_forger_covers_and_the_shipped_expert_is_not_fooled(lesson, pair):
    generator, discriminator = pair
    models = {"generator": generator, "discriminator": discriminator}
    record = checkpoints.load_into("without_labels_float16.npz", models)
    assert record["gan_epochs"] == 40
    images = pretraining.to_unit(data.load_fashion_mnist().unlabelled[:500])
    noise = np.random.default_rng(5).normal(size=(500, lesson.NOISE)).astype("float32")
    made = generator.predict(noise, verbose=0)
    real_rows, made_rows = images.reshape(500, -1), made.reshape(500, -1)
    assert lesson.coverage(real_rows, made_rows) > 0.6
    assert lesson.coverage(real_rows, np.repeat(real_rows[:1], 500, axis=0)) < 0.1
    # Much overlap and still a lead.
    lead = (
        discriminator.predict(images, verbose=0).mean()
        - discriminator.predict(made, verbose=0).mean()
    )
    assert lead > 0.5
    assert (discriminator.predict(made, verbose=0) > 0).mean() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_five_steps_of_the_generator_collapse_and_one_step_covers(lesson, seed):
    balanced, collapsed = (lesson.train_on_ring(steps, seed)[1] for steps in (1, 5))
    assert lesson.modes_covered(balanced[-1]) >= 7
    assert max(lesson.modes_covered(points) for points in collapsed) <= 2


@pytest.fixture(scope="module")
def results():
    return pretraining.results()


def clearly_beaten(results, setting, method, per_class):
    baselines = [
        name for name in ("pixels", "untrained", "from scratch") if name in results.methods(setting)
    ]
    return [b for b in baselines if results.gain(setting, method, b, per_class)[1].low > 0]


def test_on_the_belt_simclr_is_far_ahead_of_everybody(results):
    for per_class in results.labels_per_class:
        assert len(clearly_beaten(results, "jittered", "SimCLR", per_class)) == 3
        assert results.gain("jittered", "SimCLR", "GAN", per_class)[0] > 0.03


def test_on_the_belt_the_expert_wins_with_5_labels_and_not_with_1_or_50(results):
    assert len(clearly_beaten(results, "jittered", "GAN", 5)) == 3
    assert "pixels" not in clearly_beaten(results, "jittered", "GAN", 1)
    assert "from scratch" not in clearly_beaten(results, "jittered", "GAN", 50)


def test_on_clean_images_the_gan_gains_with_50_labels_only(results):
    for per_class in (1, 5, 10):
        assert "pixels" not in clearly_beaten(results, "clean", "GAN", per_class)
    assert len(clearly_beaten(results, "clean", "GAN", 50)) == 3
    assert 0.01 < results.gain("clean", "GAN", "pixels", 50)[0] < 0.03


def test_on_clean_images_simclr_beats_nobody_and_loses_to_pixels_with_5_labels(results):
    for per_class in results.labels_per_class:
        assert "pixels" not in clearly_beaten(results, "clean", "SimCLR", per_class)
    assert results.gain("clean", "SimCLR", "pixels", 5)[1].high < 0
