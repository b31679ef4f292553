"""Recurrent networks (Hour 3).

attentive: translators that look back while they write: Bahdanau and Luong
gradient_flow: how much of a gradient reaches back through time
gru: the gated recurrent unit
lstm: long short-term memory
markov: a model that sees one token back, small enough to be searched through
recurrence: a cell run over time: layers, directions, padding
recurrent_attention: additive, dot and general attention over what was read
seq2seq: a translator that reads into one vector and writes from it
simple_rnn: Elman's network
truncated: learning from a long stream, window by window
"""
