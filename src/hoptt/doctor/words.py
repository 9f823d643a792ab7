"""What `hoptt doctor` says, in both languages."""

from __future__ import annotations

from hoptt.probe.findings import Text

# ---- configuration, versions ---------------------------------------------------------------------

CONFIG_RIGHT = Text("{file}: right", "{file}: đúng")
CONFIG_DEFAULTS = Text("none given: the defaults hold", "không chỉ định: dùng mặc định")
CONFIG_WRONG = Text(
    "{faults}",
    "{faults}",
    "Correct these lines; `hoptt check-config` reads the file again.",
    "Hãy sửa các dòng này; `hoptt check-config` kiểm tra lại tệp.",
)
VERSIONS = Text(
    "hoptt {version}, Python {python}, {system}",
    "hoptt {version}, Python {python}, {system}",
)
ENGINE_HERE = Text("media engine {engine}", "bộ xử lý hình và tiếng {engine}")
ENGINE_ABSENT = Text(
    "there is no media engine: {cause}",
    "không có bộ xử lý hình và tiếng: {cause}",
    "Install hoptt whole (scripts/runtime), or name the program with rtc.binary.",
    "Hãy cài đủ hoptt (scripts/runtime), hoặc chỉ chương trình bằng rtc.binary.",
)
ENGINE_OTHER = Text(
    "the media engine is {engine}, hoptt is {version}",
    "bộ xử lý hình và tiếng là {engine}, hoptt là {version}",
    "Both come from one installation: install it again.",
    "Cả hai phải cùng một bản cài đặt: hãy cài lại.",
)
PAGE_ABSENT = Text(
    "the page is not built: {cause}",
    "chưa có trang web: {cause}",
    "Install hoptt whole (scripts/runtime), or run `make page` in a checkout.",
    "Hãy cài đủ hoptt (scripts/runtime), hoặc chạy `make page` trong mã nguồn.",
)

# ---- data folder, secrets, disk ------------------------------------------------------------------

DATA_RIGHT = Text("{root}: of this user alone", "{root}: chỉ người dùng này vào được")
DATA_TO_BE = Text(
    "{root}: not there yet, is made at the first start", "{root}: chưa có, sẽ được tạo khi khởi động lần đầu"
)
DATA_NOT_MADE = Text(
    "{root} is not there, and this user cannot make it in {above}",
    "chưa có {root}, và người dùng này không tạo được trong {above}",
    "Make it and give it to hoptt's user: install -d -m 0700 -o hoptt -g hoptt {root}",
    "Tạo và giao cho người dùng chạy hoptt: install -d -m 0700 -o hoptt -g hoptt {root}",
)
DATA_OF_ANOTHER = Text(
    "{root} belongs to {owner}, and this is {me}",
    "{root} thuộc về {owner}, còn đây là {me}",
    "Run doctor as the user that hoptt runs as: sudo -u {owner} hoptt doctor",
    "Chạy doctor bằng người dùng chạy hoptt: sudo -u {owner} hoptt doctor",
)
DATA_OPEN = Text(
    "{root} can be reached by others (mode {mode})",
    "người khác vào được {root} (quyền {mode})",
    "chmod 700 {root}",
    "chmod 700 {root}",
)
SECRETS_RIGHT = Text("{count} files, closed to others", "{count} tệp, người khác không đọc được")
SECRETS_NONE = Text("none yet: keys are made at the first start", "chưa có: khóa được tạo khi khởi động lần đầu")
SECRET_OPEN = Text(
    "{file} can be read by others (mode {mode})",
    "người khác đọc được {file} (quyền {mode})",
    "chmod {wanted} {file}; whoever could read it may have: think of making a new one.",
    "chmod {wanted} {file}; có thể đã bị đọc: nên tạo khóa mới.",
)
DISK_RIGHT = Text("{free} free, a commit takes {ms} ms", "còn trống {free}, mỗi lần ghi mất {ms} ms")
DISK_FULL = Text(
    "only {free} free at {root}",
    "chỉ còn trống {free} tại {root}",
    "Make room: without it acts cannot be recorded (not_stored).",
    "Hãy giải phóng chỗ: hết chỗ thì không ghi được diễn biến cuộc họp (not_stored).",
)
DISK_SLOW = Text(
    "a commit takes {ms} ms",
    "mỗi lần ghi mất {ms} ms",
    "Every act of a chair waits for it. A faster disk for data.dir, or less other load on this one.",
    "Mọi thao tác của chủ trì phải chờ. Dùng ổ nhanh hơn cho data.dir, hoặc bớt tải khác trên ổ này.",
)
DISK_NOT_TRIED = Text("{free} free; not written to", "còn trống {free}; chưa ghi thử")

# ---- limits, clock -------------------------------------------------------------------------------

FILES_ENOUGH = Text("{limit} open files", "{limit} tệp mở")
FILES_FEW = Text(
    "{limit} open files: enough for about {people} people",
    "{limit} tệp mở: đủ cho khoảng {people} người",
    "LimitNOFILE=65536 in the unit (as deploy/hoptt.service), or ulimit -n 65536.",
    "Đặt LimitNOFILE=65536 trong unit (như deploy/hoptt.service), hoặc ulimit -n 65536.",
)
BUFFERS_ENOUGH = Text("UDP buffers up to {receive} and {send}", "bộ đệm UDP tới {receive} và {send}")
BUFFERS_SMALL = Text(
    "UDP buffers up to {receive} and {send} only: bursts of large meetings overflow them",
    "bộ đệm UDP chỉ tới {receive} và {send}: cuộc họp lớn dễ làm tràn",
    "sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}, and the same in /etc/sysctl.d/hoptt.conf",
    "sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}, và ghi vào /etc/sysctl.d/hoptt.conf",
)
CLOCK_RIGHT = Text("{now}, kept by a time service", "{now}, được đồng bộ")
CLOCK_ALONE = Text(
    "{now}, kept by no time service",
    "{now}, không được đồng bộ",
    "Times of meetings and links follow it: set up chrony or systemd-timesyncd with your own time server.",
    "Giờ họp và hạn của liên kết theo đồng hồ này: hãy cài chrony hoặc systemd-timesyncd với máy chủ giờ của đơn vị.",
)
CLOCK_BACK = Text(
    "it is {now}, and the log has an entry of {last}: the clock went back",
    "bây giờ là {now}, nhưng nhật ký có mục lúc {last}: đồng hồ đã lùi",
    "Set the clock right before a meeting.",
    "Hãy chỉnh lại đồng hồ trước khi họp.",
)
CLOCK_UNKNOWN = Text("{now}; whether it is kept right cannot be seen here", "{now}; không xem được việc đồng bộ")

# ---- server, ports -------------------------------------------------------------------------------

SERVER_RUNS = Text("runs (pid {pid}), ready", "đang chạy (pid {pid}), sẵn sàng")
SERVER_NOT_READY = Text(
    "runs (pid {pid}) and is not ready: the media engine does not answer",
    "đang chạy (pid {pid}) nhưng chưa sẵn sàng: bộ xử lý hình và tiếng không trả lời",
    "Its log says why: journalctl -u hoptt",
    "Xem lý do trong nhật ký: journalctl -u hoptt",
)
SERVER_SILENT = Text(
    "runs (pid {pid}) and does not answer at {listen}",
    "đang chạy (pid {pid}) nhưng không trả lời ở {listen}",
    "Its log says why: journalctl -u hoptt. Was it started with this configuration?",
    "Xem lý do trong nhật ký: journalctl -u hoptt. Có đúng cấu hình này không?",
)
SERVER_DOWN = Text("none runs with this data folder", "không có máy chủ nào chạy với thư mục dữ liệu này")
PORT_OURS = Text("{key} {listen}: held by hoptt", "{key} {listen}: hoptt đang dùng")
PORT_FREE = Text("{key} {listen}: free", "{key} {listen}: còn trống")
PORT_TAKEN = Text(
    "{key} {listen}: in use by {holder}",
    "{key} {listen}: {holder} đang dùng",
    "Stop that program, or choose another address with {key}.",
    "Hãy dừng chương trình đó, hoặc chọn địa chỉ khác bằng {key}.",
)
PORT_FORBIDDEN = Text(
    "{key} {listen}: this user may not listen there",
    "{key} {listen}: người dùng này không được phép lắng nghe",
    "Choose a port above 1023 with {key}, or add AmbientCapabilities=CAP_NET_BIND_SERVICE and the same to "
    "CapabilityBoundingSet= in the unit.",
    "Chọn cổng trên 1023 bằng {key}, hoặc thêm AmbientCapabilities=CAP_NET_BIND_SERVICE và quyền đó vào "
    "CapabilityBoundingSet= trong unit.",
)
PORT_NOT_HERE = Text(
    "{key} {listen}: no address of this machine",
    "{key} {listen}: không phải địa chỉ của máy này",
    "Correct {key}; `ip address` lists what there is.",
    "Hãy sửa {key}; `ip address` liệt kê các địa chỉ.",
)

# ---- TLS -----------------------------------------------------------------------------------------

TLS_BY_PROXY = Text(
    "none of hoptt's own: a reverse proxy does it, or only this machine asks",
    "hoptt không tự làm: do proxy đảm nhiệm, hoặc chỉ máy này dùng",
)
TLS_RIGHT = Text("certificate for {names}, good for {days} days", "chứng thư cho {names}, còn hạn {days} ngày")
TLS_UNUSABLE = Text(
    "{cause}", "{cause}", "Lay a pair that fits at both paths.", "Hãy đặt một cặp khớp nhau vào hai đường dẫn."
)
TLS_SOON = Text(
    "the certificate ends in {days} days",
    "chứng thư còn hạn {days} ngày",
    "Replace the files: they are served within seconds, without a restart.",
    "Hãy thay tệp: được dùng ngay sau vài giây, không cần khởi động lại.",
)
TLS_OVER = Text(
    "the certificate ended {days} days ago",
    "chứng thư đã hết hạn {days} ngày trước",
    "Browsers refuse it. Replace the files: they are served within seconds.",
    "Trình duyệt từ chối. Hãy thay tệp: được dùng ngay sau vài giây.",
)
TLS_NAMES = Text(
    "the certificate is for {names}, not for {missing}",
    "chứng thư dành cho {names}, không dành cho {missing}",
    "Ask for one with every name of http.origins.",
    "Xin chứng thư có đủ các tên trong http.origins.",
)
TLS_CHAIN = Text(
    "this machine does not trust the certificate: {cause}",
    "máy này không tin cậy chứng thư: {cause}",
    "http.tls_cert holds the whole chain, own certificate first. With a certificate authority of one's own every "
    "participant's machine has to know it.",
    "http.tls_cert phải chứa đủ chuỗi, chứng thư của máy chủ đứng đầu. Nếu dùng tổ chức chứng thực riêng thì máy của "
    "mọi người dự họp phải biết tổ chức đó.",
)

# ---- names, media, outside -----------------------------------------------------------------------

NAME_HERE = Text("{host} is {addresses}", "{host} là {addresses}")
MEDIA_NOT_TRIED = Text("not tried: no server runs", "chưa thử: không có máy chủ đang chạy")
MEDIA_PRIVATE = Text(
    "participants are told {addresses}: reached from the same network only",
    "người dự được báo địa chỉ {addresses}: chỉ cùng mạng mới tới được",
    "If they come from elsewhere, put the public address into rtc.announce and forward port {port} to this machine.",
    "Nếu họ ở mạng khác, đặt địa chỉ công khai vào rtc.announce và chuyển tiếp cổng {port} về máy này.",
)
MEDIA_LOOPBACK = Text(
    "participants are told {addresses}: only this machine reaches it",
    "người dự được báo địa chỉ {addresses}: chỉ máy này tới được",
    "For others put an address that they reach into rtc.announce.",
    "Để máy khác vào họp, đặt địa chỉ họ tới được vào rtc.announce.",
)
OUTSIDE = Text(
    "whether firewalls let participants in (TCP for the page, port {port} for media) cannot be seen from here",
    "không thể biết từ đây tường lửa có cho người dự vào không (TCP cho trang web, cổng {port} cho hình và tiếng)",
    "At a bridge point: hoptt probe {url}",
    "Tại điểm cầu, chạy: hoptt probe {url}",
)
ALL_TEXTS = {name: value for name, value in vars().items() if isinstance(value, Text)}
