# A sign test of the photos on which the two differ.
def keep_or_switch(current, offers):
    best = np.argmax(offers.sum(axis=1))
    won = int((offers[best] & ~current).sum())
    lost = int((current & ~offers[best]).sum())
    if won <= lost or stats.binomtest(won, won + lost).pvalue > 0.05:
        return None
    return best
