"""zeep alone, reading one whole answer into its objects and doing nothing with them. A client of ``tests.benchmarks``.

Usage: zeep_alone.py WSDL ENDPOINT ROWS FROM TO; the account stands in the environment.
"""

import os
import sys
from typing import Any

import zeep

from tests.benchmarks.processes import Stopwatch

_zeep: Any = zeep  # half typed


def main(wsdl: str, endpoint: str, rows: str, start: str, end: str) -> None:
    """Read; prints how many records there were."""
    client: Any = _zeep.Client(wsdl, settings=_zeep.Settings(xml_huge_tree=True))
    service = client.create_service(next(iter(client.wsdl.bindings)), endpoint)
    header = client.get_element("ns0:AuthHeader")
    login = header(Username=os.environ["SOAP_USER"], Password=os.environ["SOAP_PASSWORD"])
    watch = Stopwatch()
    page = service.LayDanhSachHoSo(
        tuNgay=start, denNgay=end, maDonVi="", pStartRowIndex=0, pPageSize=int(rows), _soapheaders=[login]
    )
    watch.report(records=len(page.Result.HoSo))


if __name__ == "__main__":
    main(*sys.argv[1:6])
