"""Benchmarks of Benchtop itself: run by hand, each against a reference in the same run; no tests of the suite.

Each is run by ``python -m tests.benchmarks.NAME``; its docstring says how long it takes and when it passes.

=============== ========================================================================================
agreement       our numbers against a bare script over the same SDK, and a bare loop of onnxruntime_genai
observer        what the workbench costs the model that it watches
served          one model through Foundry Local's web service and through our child
client_ceiling  the rates of 1 to 64 requests at once against a known server, and the ceiling of our own client
crowding        1,000 requests at 8 at once, and what they leave behind
queueing        how long requests of an open loop wait, against the theory of queues
starting        how soon the first frame is there, against a minimal app; commands too
drawing         event-loop lag and CPU under four fast streams, and at rest
memory          forecasts, the guard and unloading, against what models really take
browsing        a catalogue of 2,000 builds: the list, and each key of the filter
remembering     a history of 100,000 samples: the list, and each key of its filter
calibration     coverage of intervals, false alarms and power of comparisons, on launches of known truth
telling_apart   how often compare reports a difference where none is, and finds one that was planted
merging         a million samples of 50 machines merged: seconds and memory
disturbing      quiet requests that are called disturbed, and disturbed ones that are not
fleet_links     a machine of a fleet over links that are slow, far away or cut: complete, and no time touched
fleet_scale     200 scripted machines at one desk: complete, and how busy it is
fleet_faults    machines of a fleet that are killed, hang, lie, flood: what is told, and resuming completes
surviving       runs that are killed at random moments, and what ``--resume`` makes of them
=============== ========================================================================================
"""
