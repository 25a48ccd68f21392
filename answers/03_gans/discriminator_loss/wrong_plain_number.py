# Believed: a loss is a number, whatever computed it.
def discriminator_loss(real_logits, fake_logits):
    real, fake = np.asarray(real_logits), np.asarray(fake_logits)
    return float(np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean())
