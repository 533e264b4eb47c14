"""The page work of a worker as a plain Lambda handler: boto3 and requests, a session kept over calls, the messages of a
batch in threads, gzip both ways, partial batch responses. It reads what the shipped maps read and writes what they write;
it proves no completeness, keeps no rejects and takes no duplicate for done."""

import gzip
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from ipaddress import IPv4Address
from urllib.parse import quote

import boto3
import requests
from requests.adapters import HTTPAdapter

BASE_URL = os.environ["PEER_BASE_URL"]
STREAMS = json.loads(os.environ["PEER_STREAMS"])
BUCKET = os.environ["CAUSEWAY_BUCKET"]
DASHBOARD = "https://plant.xdome.example.com"
SIDE_BY_SIDE = 10

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['PEER_TOKEN']}"
for scheme in ("http://", "https://"):
    session.mount(scheme, HTTPAdapter(pool_maxsize=SIDE_BY_SIDE, max_retries=2))
s3 = boto3.client("s3", config=boto3.session.Config(max_pool_connections=SIDE_BY_SIDE, s3={"addressing_style": "path"}))
pool = ThreadPoolExecutor(SIDE_BY_SIDE)

SEVERITY = {"MEDIUM": 3, "HIGH": 4, "CRITICAL": 5}
RISK_SEVERITY = {"1": 20, "2": 40, "3": 60, "4": 80, "5": 100}
SOURCE_SEVERITY = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


def handler(event, context):
    failed = []
    for message, error in pool.map(attempt, event["Records"]):
        if error:
            print(json.dumps({"level": "ERROR", "message": message, "error": repr(error)}))
            failed.append({"itemIdentifier": message})
    return {"batchItemFailures": failed}


def attempt(record):
    try:
        work(json.loads(record["body"]))
        return record["messageId"], None
    except Exception as error:
        return record["messageId"], error


def work(message):
    page, window = message["work"]["page"], message["work"]["window"]
    stream = STREAMS["devices" if page["stream"] == "assets" else "findings"]
    question = {**stream["question"], **window, "include_count": window["offset"] == 0}
    answer = session.post(BASE_URL + stream["path"], json=question, timeout=60)
    answer.raise_for_status()
    rows = answer.json()[stream["list"]]
    if page["stream"] == "assets":
        records = [asset(row) for row in rows]
    else:
        records = [record for row in rows for record in findings(row)]
    lines = "\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    s3.put_object(
        Bucket=BUCKET,
        Key=f"python/{message['run']}/{page['stream']}/{page['number']:06}.ndjson.gz",
        Body=gzip.compress(lines.encode(), compresslevel=6),
        ContentType="application/x-ndjson",
        ContentEncoding="gzip",
    )


def asset(row):
    addresses = [ipv4(text) for text in row.get("ip_list") or []]
    record = {
        "hostName": row.get("device_name"),
        "assignedLocation": {"name": row.get("site_name")},
        "biosInfo": {
            "biosDescription": row.get("hw_version"),
            "manufacturer": row.get("manufacturer"),
            "biosVersion": row.get("model"),
        },
        "created": date(min(row.get("first_seen_list") or [None])),
        "modified": date(max(row.get("last_seen_list") or [None])),
        "externalId": row.get("uid"),
        "networkInterfaces": [
            {"macAddress": mac, **({"address": [{"address": address}]} if address else {})}
            for mac, address in zip(row.get("mac_list") or [], addresses + [None] * 99)
        ],
        "netBiosName": row.get("windows_last_seen_hostname"),
        "operatingSystem": {
            "name": row.get("os_name"),
            "publisher": row.get("os_category"),
            "version": row.get("os_version"),
        },
        "serialNumber": row.get("serial_number"),
        "customConnectorAttributes": {
            name: row.get(name)
            for name in (
                "device_category",
                "device_type",
                "device_subcategory",
                "machine_type",
                "mobility",
                "risk_score_points",
                "risk_score",
            )
        },
        "source": "Claroty",
        "tags": ["Claroty xDome"],
    }
    return {"asset": row.get("uid"), "scope": scope(row, "site_name", "retired"), "body": without_nothing(record)}


def findings(row):
    device, vulnerability = row["device_uid"], row["vulnerability_id"]
    cves = list(dict.fromkeys(cve.strip().upper() for cve in row.get("vulnerability_cve_ids") or [] if cve)) or [None]
    level = row.get("vulnerability_adjusted_vulnerability_score_level")
    score = row.get("vulnerability_adjusted_vulnerability_score")
    severity = SEVERITY.get(str(level).upper(), 2)
    link = f"{DASHBOARD}/vulnerabilities/{quote(vulnerability, safe='')}"
    detection = f"{DASHBOARD}/devices/{quote(device, safe='')}/vulnerabilities/{quote(vulnerability, safe='')}"
    remediation = row.get("vulnerability_manufacturer_remediation_info") or [None]
    sources = row.get("vulnerability_sources") or []
    where = scope(row, "device_site_name", "device_retired")
    status = {"Fixed": "fixed", "Irrelevant": "irrelevant"}.get(row.get("vulnerability_relevance"), "open")
    for cve in cves:
        finding = f"{vulnerability}:{cve}" if cve else vulnerability
        risk = score
        if cve is None:
            risk = RISK_SEVERITY.get(str(level), RISK_SEVERITY.get(str(severity), score))
        record = {
            "externalFindingId": finding,
            "name": row.get("vulnerability_name"),
            "description": row.get("vulnerability_description"),
            "references": [source["url"] for source in sources if source and source.get("url")],
            "findingURL": link,
            "findingDetectionURL": detection,
            "riskScore": risk,
            "sourceRiskScore": score,
            "severity": severity if cve else SOURCE_SEVERITY.get(str(level), severity),
            "confidenceString": row.get("vulnerability_relevance"),
            "firstFoundOn": date(row.get("device_vulnerability_detection_date")),
            "lastFoundOn": date(row.get("vulnerability_last_updated")),
            "lastFixedOn": date(row.get("device_vulnerability_resolution_date")),
            "remediation": {"remediationStrategy": remediation[0]},
            "findingType": {
                "vulnerability": {
                    "cveId": cve,
                    "cvss": {
                        "cvss3Temporal": row.get("vulnerability_cvss_v3_exploitability_subscore"),
                        "cvss2Temporal": row.get("vulnerability_cvss_v2_exploitability_subscore"),
                        "cvss2Base": row.get("vulnerability_cvss_v2_score"),
                        "cvss3Base": row.get("vulnerability_cvss_v3_score"),
                    },
                    "isExploitAvailable": row.get("vulnerability_is_known_exploited"),
                }
            },
            "typeDetected": row.get("vulnerability_relevance"),
            "vendorName": "Claroty",
            "vendorProductName": "Claroty xDome",
        }
        yield {"asset": device, "finding": finding, "status": status, "scope": where, "body": without_nothing(record)}


def scope(row, site, retired):
    return {"category": row.get("device_category"), "site": row.get(site), "retired": row.get(retired)}


def without_nothing(value):
    if isinstance(value, dict):
        kept = {name: without_nothing(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in (None, {}, [])}
    return value


def date(text):
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ipv4(text):
    try:
        return str(IPv4Address(re.split(" /", text or "")[0].strip()))
    except ValueError:
        return None
