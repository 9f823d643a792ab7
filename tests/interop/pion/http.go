package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/pion/webrtc/v4"
)

// session is what stands behind a Location.
type session struct {
	at, token, etag string
}

// open posts the offer with all candidates and takes the answer.
func open(peer *webrtc.PeerConnection, o options) (*session, error) {
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		return nil, err
	}
	gathered := webrtc.GatheringCompletePromise(peer)
	if err := peer.SetLocalDescription(offer); err != nil {
		return nil, err
	}
	<-gathered
	answer, err := ask(http.MethodPost, o.url, o.token, "application/sdp", "", peer.LocalDescription().SDP)
	if err != nil {
		return nil, err
	}
	say("opened", "status", answer.status)
	if answer.status != http.StatusCreated {
		return nil, fmt.Errorf("refused with %d: %s", answer.status, answer.body)
	}
	base, err := url.Parse(o.url)
	if err != nil {
		return nil, err
	}
	at, err := base.Parse(answer.header.Get("Location"))
	if err != nil {
		return nil, err
	}
	err = peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.body})
	return &session{at.String(), o.token, answer.header.Get("ETag")}, err
}

var (
	ufrag     = regexp.MustCompile(`a=ice-ufrag:(\S+)`)
	pwd       = regexp.MustCompile(`a=ice-pwd:(\S+)`)
	candidate = regexp.MustCompile(`a=candidate:[^\r\n]*\r\n`)
)

// restart begins ICE anew (RFC 9725 §4.3.3).
func (s *session) restart(peer *webrtc.PeerConnection) error {
	offer, err := peer.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(peer)
	before := peer.RemoteDescription().SDP
	if err := peer.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	own := peer.LocalDescription().SDP
	fragment := ufrag.FindString(own) + "\r\n" + pwd.FindString(own) + "\r\n"
	fragment += "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n" + strings.Join(candidate.FindAllString(own, -1), "")
	answer, err := ask(http.MethodPatch, s.at, s.token, "application/trickle-ice-sdpfrag", "*", fragment)
	if err != nil {
		return err
	}
	say("restarted", "status", answer.status)
	if answer.status != http.StatusOK {
		return fmt.Errorf("refused with %d: %s", answer.status, answer.body)
	}
	s.etag = answer.header.Get("ETag")
	changed := ufrag.ReplaceAllString(before, ufrag.FindString(answer.body))
	changed = pwd.ReplaceAllString(changed, pwd.FindString(answer.body))
	return peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: changed})
}

// end gives the seat back.
func (s *session) end() error {
	answer, err := ask(http.MethodDelete, s.at, s.token, "", "", "")
	if err == nil {
		say("ended", "status", answer.status)
	}
	return err
}

type told struct {
	status int
	header http.Header
	body   string
}

func ask(method, at, token, kind, match, body string) (told, error) {
	request, err := http.NewRequest(method, at, bytes.NewBufferString(body))
	if err != nil {
		return told{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for name, value := range map[string]string{"Content-Type": kind, "If-Match": match} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return told{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return told{answer.StatusCode, answer.Header, string(text)}, err
}
