"""What `hoptt doctor` says of relays, in both languages."""

from __future__ import annotations

from hoptt.probe.findings import Text

NONE = Text(
    "none: a network that lets neither UDP nor TCP to the media port out has no picture and no sound",
    "không có: mạng chặn cả UDP lẫn TCP tới cổng hình và tiếng sẽ không có hình, không có tiếng",
)
ACCEPTED = Text(
    "{relay} takes the credentials of participants, and relays from {relayed}",
    "{relay} nhận thông tin đăng nhập của người dự và chuyển tiếp từ {relayed}",
)
UNREACHED = Text(
    "{relay} is not reached: {cause}",
    "không tới được {relay}: {cause}",
    "Does coturn run there (systemctl status coturn), and does the firewall let this port in?",
    "coturn có đang chạy ở đó không (systemctl status coturn), tường lửa có mở cổng này không?",
)
TLS = Text(
    "the certificate of {relay} is not trusted: {cause}",
    "chứng thư của {relay} không được tin cậy: {cause}",
    "Give coturn a certificate with the whole chain and for this name (cert, pkey), or correct rtc.turn.urls.",
    "Cấp cho coturn chứng thư đủ chuỗi và đúng tên này (cert, pkey), hoặc sửa rtc.turn.urls.",
)
REFUSED = Text(
    "{relay} refuses the credentials (code {code})",
    "{relay} từ chối thông tin đăng nhập (mã {code})",
    "Is rtc.turn.secret the static-auth-secret of coturn, and are the clocks of both machines right?",
    "rtc.turn.secret có trùng static-auth-secret của coturn không, đồng hồ hai máy có đúng không?",
)
FAILED = Text(
    "{relay} gives no relay (code {code})",
    "{relay} không cấp kênh chuyển tiếp (mã {code})",
    "486: the quota is used up; 508: no port is free (min-port, max-port). The log of coturn says more.",
    "486: hết hạn mức; 508: hết cổng (min-port, max-port). Xem thêm nhật ký của coturn.",
)
NOT_TRIED = Text(
    "{relay}: whether it leads to the media engine was not tried: no line test could be opened",
    "{relay}: chưa thử có dẫn tới bộ xử lý hình và tiếng không, vì không mở được lần thử đường truyền",
)
LEADS = Text(
    "{relay} leads to the media engine at {engine}, {rtt} ms there and back",
    "{relay} dẫn tới bộ xử lý hình và tiếng tại {engine}, đi và về {rtt} ms",
)
DEAF = Text(
    "{relay} does not lead to the media engine at {engine}",
    "{relay} không dẫn tới bộ xử lý hình và tiếng tại {engine}",
    "Name this address in allowed-peer-ip of coturn, and let its machine send UDP there.",
    "Ghi địa chỉ này vào allowed-peer-ip của coturn và cho máy đó gửi UDP tới.",
)
OPEN = Text(
    "{relay} leads participants into the private network: {targets}",
    "{relay} mở đường cho người dự vào mạng nội bộ: {targets}",
    "Take denied-peer-ip and allowed-peer-ip from deploy/turnserver.conf: the engine's address and no other (S21).",
    "Lấy denied-peer-ip và allowed-peer-ip từ deploy/turnserver.conf: chỉ địa chỉ của bộ xử lý hình và tiếng (S21).",
)
CLOSED = Text(
    "{relay} leads nowhere else: all inside addresses that were tried are refused",
    "{relay} không dẫn đi nơi khác: mọi địa chỉ nội bộ đã thử đều bị từ chối",
)
ALL_TEXTS = {f"RELAY_{name}": value for name, value in vars().items() if isinstance(value, Text)}
