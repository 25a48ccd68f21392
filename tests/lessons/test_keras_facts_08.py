"""What lesson 08 says about Keras and scikit-learn, one test per claim."""

import keras
import numpy as np
import tensorflow as tf
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from course_lib import solar


def test_the_gradient_of_a_saturated_sigmoid_drowns_in_rounding():
    score = tf.Variable([30.0])
    with tf.GradientTape() as tape:
        probability = keras.ops.sigmoid(score)
    assert float(probability[0]) == 1.0
    assert abs(float(tape.gradient(probability, score)[0])) < 1e-7


def test_class_weights_hardly_change_the_order_of_the_scores():
    x, y = make_classification(2000, 30, n_informative=8, weights=[0.7], random_state=0)
    plain, balanced = (
        LogisticRegression(class_weight=weight, max_iter=1000).fit(x, y)
        for weight in (None, "balanced")
    )
    scores = plain.decision_function(x), balanced.decision_function(x)
    assert stats.spearmanr(*scores).statistic > 0.99
    assert np.mean(scores[1] > scores[0]) > 0.99, "all are shifted towards the rare class"


def test_the_last_maps_have_nine_by_nine_positions_and_1280_channels():
    network = solar.build_network()
    assert network.get_layer("average").input.shape[1:] == (9, 9, 1280)
    assert network.get_layer("pooled").output.shape[1:] == (2560,)


def test_the_convolutions_of_vgg19_have_nine_times_the_weights():
    vgg19 = keras.applications.VGG19(weights=None, include_top=False)
    assert 8.5 < vgg19.count_params() / solar.build_network().count_params() < 9.5
