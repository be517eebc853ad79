import sys, tempfile, time
from pathlib import Path
from tests.benchmarks import processes, servers, places
n=int(sys.argv[1]); lat=float(sys.argv[2]); which=sys.argv[3:]
with servers.serving(n, latency=lat) as s, tempfile.TemporaryDirectory() as f:
    p=places.place(Path(f), s, MOTCUA_ZALO__SLOTS="64")
    for w in which:
        b=s.accepted()
        if w=="naive":
            a,e=p.naive(f"n{time.time()}.db"); m=processes.measure("tests.benchmarks.naive",*a,env=e)
        else:
            p.renew(); m=processes.measure("tests.benchmarks.ours",w,env=p.environ)
        print(w, m, s.accepted()-b, s.refused())
