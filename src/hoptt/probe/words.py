"""What `hoptt probe` says, in both languages."""

from __future__ import annotations

from hoptt.probe.findings import Text

NAME_FOUND = Text(
    "{host} is {addresses} ({ms} ms)",
    "{host} là {addresses} ({ms} ms)",
)
NAME_UNKNOWN = Text(
    "{host} is not found ({cause})",
    "không tìm thấy {host} ({cause})",
    "Is the address written right? Does this machine have a name server that knows it?",
    "Địa chỉ viết đúng chưa? Máy này có máy chủ DNS biết tên miền đó không?",
)
CONNECTED = Text(
    "{address}, port {port}: connected ({ms} ms)",
    "{address}, cổng {port}: đã kết nối ({ms} ms)",
)
NOT_CONNECTED = Text(
    "{address}, port {port}: no connection ({cause})",
    "{address}, cổng {port}: không kết nối được ({cause})",
    "Is the server running, and does a firewall on the way let TCP port {port} through?",
    "Máy chủ có đang chạy không, tường lửa trên đường có mở cổng TCP {port} không?",
)
TLS_GOOD = Text(
    "{version}, certificate for {host}, good for {days} days ({ms} ms)",
    "{version}, chứng thư cho {host}, còn hạn {days} ngày ({ms} ms)",
)
TLS_ENDS = Text(
    "{version}, the certificate ends in {days} days",
    "{version}, chứng thư còn hạn {days} ngày",
    "Ask the operator to renew it: browsers refuse it afterwards.",
    "Đề nghị đơn vị vận hành gia hạn: hết hạn thì trình duyệt sẽ từ chối.",
)
TLS_UNTRUSTED = Text(
    "the certificate is not trusted: {cause}",
    "chứng thư không được tin cậy: {cause}",
    "Browsers warn or refuse. The operator needs a certificate for {host} with its whole chain; a certificate "
    "authority of one's own has to be installed on this machine. What follows was tried without trusting it.",
    "Trình duyệt sẽ cảnh báo hoặc từ chối. Đơn vị vận hành cần chứng thư cho {host} kèm đủ chuỗi; nếu dùng tổ chức "
    "chứng thực riêng thì phải cài vào máy này. Các bước sau vẫn được thử dù không tin cậy.",
)
TLS_BROKEN = Text(
    "no TLS: {cause}",
    "không thiết lập được TLS: {cause}",
    "Is it https that is served at port {port}? Something on the way may cut TLS open.",
    "Cổng {port} có phục vụ https không? Thiết bị trên đường có thể đang chặn TLS.",
)
TLS_NONE = Text(
    "none: browsers give camera and microphone to https only, and to localhost",
    "không có: trình duyệt chỉ cho dùng camera và micrô qua https hoặc localhost",
    "For a meeting open the https address.",
    "Khi họp hãy mở địa chỉ https.",
)
PAGE_SERVED = Text("served ({ms} ms)", "đã tải được ({ms} ms)")
PAGE_NOT_SERVED = Text(
    "the server answers {status} instead of the page",
    "máy chủ trả lời {status} thay vì trang web",
    "Is it hoptt that answers there? Ask the operator, with this line.",
    "Máy trả lời ở đó có phải là hoptt không? Hãy gửi dòng này cho đơn vị vận hành.",
)
NO_ANSWER = Text(
    "no answer: {cause}",
    "không trả lời: {cause}",
    "Ask the operator, with this line.",
    "Hãy gửi dòng này cho đơn vị vận hành.",
)
WEBSOCKET_OPEN = Text("opened ({ms} ms)", "đã mở ({ms} ms)")
WEBSOCKET_REFUSED = Text(
    "refused with {status}: the server does not take pages of {origin}",
    "bị từ chối ({status}): máy chủ không nhận trang từ {origin}",
    "Open the address that the invitation gives. The operator may add this one to http.origins.",
    "Hãy mở đúng địa chỉ trong giấy mời. Đơn vị vận hành có thể thêm địa chỉ này vào http.origins.",
)
WEBSOCKET_CUT = Text(
    "not opened: {cause}",
    "không mở được: {cause}",
    "A proxy on the way does not pass WebSockets on (`Upgrade`): the operator's (deploy/nginx.conf) or this network's.",
    "Proxy trên đường không chuyển tiếp WebSocket (`Upgrade`): của đơn vị vận hành (deploy/nginx.conf) hoặc của mạng "
    "này.",
)
NO_TEST = Text(
    "the server offers no line test ({status})",
    "máy chủ không có chức năng thử đường truyền ({status})",
    "It may be of an older version; nothing can be said of picture and sound.",
    "Có thể là phiên bản cũ; không thể kết luận về hình và tiếng.",
)
TEST_LATER = Text(
    "too many line tests are under way from here",
    "đang có quá nhiều lượt thử đường truyền từ đây",
    "Try again in {seconds} seconds.",
    "Hãy thử lại sau {seconds} giây.",
)
ENGINE_AWAY = Text(
    "the server's media engine does not answer now",
    "bộ xử lý hình và tiếng của máy chủ hiện không trả lời",
    "Try again in a minute, and tell the operator when it stays so.",
    "Hãy thử lại sau một phút; nếu vẫn vậy thì báo đơn vị vận hành.",
)
PATH_GOOD = Text(
    "{candidate}: {rtt} ms there and back, {jitter} ms jitter, {loss:.1%} lost",
    "{candidate}: đi về {rtt} ms, dao động {jitter} ms, mất {loss:.1%}",
)
PATH_LOSSY = Text(
    "{candidate}: {rtt} ms there and back, {jitter} ms jitter, {loss:.1%} lost",
    "{candidate}: đi về {rtt} ms, dao động {jitter} ms, mất {loss:.1%}",
    "More than {limit} lost: sound breaks up. A cable instead of Wi-Fi, or less other traffic on this line, may help.",
    "Mất quá {limit}: tiếng sẽ bị ngắt. Nên dùng dây mạng thay Wi-Fi, hoặc bớt tải khác trên đường truyền này.",
)
PATH_SLOW = Text(
    "{candidate}: {rtt} ms there and back, {jitter} ms jitter, {loss:.1%} lost",
    "{candidate}: đi về {rtt} ms, dao động {jitter} ms, mất {loss:.1%}",
    "More than {limit} ms: people will speak at the same time. Does the way lead through a distant VPN?",
    "Quá {limit} ms: mọi người dễ nói chồng nhau. Đường đi có vòng qua VPN ở xa không?",
)
PATH_NONE = Text(
    "{candidate}: nothing comes back",
    "{candidate}: không có hồi đáp",
)
PATH_SPARE = Text(
    "{candidate}: nothing comes back; another address serves",
    "{candidate}: không có hồi đáp; địa chỉ khác dùng được",
)
NO_UDP = Text(
    "UDP does not reach the server, TCP does: it works, with more delay when the line loses packets",
    "UDP không tới được máy chủ, TCP thì tới: vẫn họp được, nhưng trễ hơn khi đường truyền mất gói",
    "Let UDP to {targets} out of this network.",
    "Hãy mở UDP ra ngoài tới {targets} cho mạng này.",
)
NO_MEDIA = Text(
    "nothing reaches the media engine: one would be in the meeting without picture and sound",
    "không gì tới được bộ xử lý hình và tiếng: vào họp sẽ không có hình và tiếng",
    "Let {targets} out of this network. If other networks fail too, the server announces an address that cannot be "
    "reached from outside: the operator looks at rtc.announce and the firewall.",
    "Hãy mở {targets} ra ngoài cho mạng này. Nếu mạng khác cũng vậy thì máy chủ đang công bố địa chỉ không tới được: "
    "đơn vị vận hành xem rtc.announce và tường lửa.",
)
NO_CANDIDATES = Text(
    "the server names no address for picture and sound",
    "máy chủ không nêu địa chỉ nào cho hình và tiếng",
    "The operator looks at rtc.announce.",
    "Đơn vị vận hành xem rtc.announce.",
)
ALL_TEXTS = {name: value for name, value in vars().items() if isinstance(value, Text)}
