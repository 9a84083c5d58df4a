import { shortBody } from './h01-short-body.ts';
import { cutChunks } from './h02-cut-chunks.ts';
import { cutCloseDelimited } from './h03-cut-close-delimited.ts';
import { longBody } from './h04-long-body.ts';
import { twoLengths } from './h05-two-lengths.ts';
import { badLengths } from './h06-bad-length.ts';
import { headWithBody } from './h07-head-with-body.ts';
import { lateHeadBody } from './h08-late-head-body.ts';
import { wrongBytes } from './h09-wrong-bytes.ts';
import { wrongDigestHeader } from './h10-wrong-digest-header.ts';
import { badDigestHeaders } from './h11-bad-digest-header.ts';
import { noDigestHeader } from './h12-no-digest-header.ts';
import { loginPage } from './h13-login-page.ts';
import { imageAsIndex, untypedImageAsIndex } from './h14-wrong-kind.ts';
import { bothKinds } from './h15-both-kinds.ts';
import { twinKeys } from './h16-twin-keys.ts';
import { hugeManifests } from './h17-huge-manifest.ts';
import { deepJson } from './h18-deep-json.ts';
import { wideIndex } from './h19-wide-index.ts';
import { endlessIndexes } from './h20-endless-index.ts';
import { badSizes } from './h21-bad-size.ts';
import { badDigests } from './h22-bad-digest.ts';
import { giantSize, otherBlobOfSize, tooLargeSize, tooSmallSize } from './h23-wrong-descriptor.ts';
import { badTexts } from './h24-bad-text.ts';
import { prototypeKeys } from './h25-prototype-keys.ts';
import { brokenGzip, namedAsGzip, unaskedGzip, unaskedGzipOfOther } from './h26-unasked-gzip.ts';
import { gzipBomb, manyCodings } from './h27-gzip-bomb.ts';
import { hugeHeaders } from './h28-huge-headers.ts';
import { brokenHeaderLines, oddHeaderBytes } from './h29-odd-header-bytes.ts';
import { slowHeaders } from './h30-slow-headers.ts';
import { slowBody } from './h31-slow-body.ts';
import { neverAccepted } from './h32-never-accepted.ts';
import { silent, silentHandshake } from './h32-silent.ts';
import {
  informationalForEver,
  informationalThenGood,
  unaskedContinue,
} from './h33-informational.ts';
import { resets } from './h34-reset.ts';
import { closesAfterEach, resetsWhenUsedAgain } from './h35-closed-idle.ts';
import { notHttp, plainHttp } from './h36-not-http.ts';
import { oddStatuses, switchingProtocols } from './h37-odd-status.ts';
import { brokenChallenges, noChallenges } from './h38-no-challenge.ts';
import { neverSatisfied, neverWideEnough } from './h39-never-satisfied.ts';
import { pingPong, wanderingRealm } from './h40-ping-pong.ts';
import { hiddenPrivate } from './h41-hidden-private.ts';
import { foreignRealm, foreignRealmForAnyone } from './h42-foreign-realm.ts';
import { badRealms } from './h43-bad-realm.ts';
import { forbiddenRealmAddresses, nameOfThisMachine } from './h44-forbidden-realm-address.ts';
import {
  brokenTokenServers,
  endlessTokenServer,
  failingTokenServer,
  limitedTokenServer,
  redirectingTokenServers,
  silentTokenServer,
} from './h45-broken-token-server.ts';
import { badTokens, giantToken } from './h46-bad-token.ts';
import { oddScopes, oddServiceValue } from './h47-odd-challenge-values.ts';
import { oddLifetimes } from './h48-odd-expiry.ts';
import { endlessRedirects, nowhereRedirects, redirectAbroadAndBack } from './h49-redirect-loop.ts';
import {
  forbiddenRedirects,
  redirectToOtherHost,
  redirectToOtherPort,
  redirectToPlainHttp,
} from './h50-forbidden-redirect.ts';
import { foreignChallenge } from './h51-foreign-challenge.ts';
import { expiredAlways, expiredOnce } from './h52-expired-signed-url.ts';
import { leavingLinks, loopingLinks, noLinks, twoLinks } from './h53-bad-link.ts';
import { hugeTagPage, millionTags, noTagLists, oddTags, repeatedTags } from './h54-odd-tags.ts';
import { newPageForEver, samePageForEver } from './h55-endless-pages.ts';
import { limitedWithPage, oddPauses, pullQuota } from './h56-rate-limited.ts';
import { flapping, flappingDigest } from './h57-flapping.ts';
import { storagePathInError } from './h58-storage-path.ts';
import { oddErrors } from './h59-odd-errors.ts';
import {
  errorWithSuccess,
  limitedWithServerError,
  unauthorizedWithNotFound,
  unknownWithBadRequest,
} from './h60-contradicting-code.ts';
import { twoBodies } from './h61-two-bodies.ts';
import { flippingTag } from './h62-flipping-tag.ts';
import { childOfOtherKind, missingChild } from './h63-broken-child.ts';
import {
  endlessConfig,
  giantConfig,
  historyMismatch,
  oddConfigs,
  rootfsMismatch,
} from './h64-odd-config.ts';
import { foreignConfig } from './h65-foreign-config.ts';
import { layerUrls } from './h66-layer-urls.ts';
import { expiredCertificate, unknownAuthority, wrongName } from './h68-bad-certificate.ts';
import { captivePortal, nakedPortal } from './h70-captive-portal.ts';
import type { Misdeed } from './misdeed.ts';

/** Every misdeed there is a server for. H67 and H69 need none: names decide them. */
export const allMisdeeds: readonly Misdeed[] = [
  shortBody,
  cutChunks,
  cutCloseDelimited,
  longBody,
  ...twoLengths,
  ...badLengths,
  headWithBody,
  lateHeadBody,
  wrongBytes,
  wrongDigestHeader,
  ...badDigestHeaders,
  noDigestHeader,
  loginPage,
  imageAsIndex,
  untypedImageAsIndex,
  ...bothKinds,
  ...twinKeys,
  ...hugeManifests,
  ...deepJson,
  wideIndex,
  ...endlessIndexes,
  ...badSizes,
  ...badDigests,
  otherBlobOfSize,
  tooSmallSize,
  tooLargeSize,
  giantSize,
  ...badTexts,
  prototypeKeys,
  unaskedGzip,
  namedAsGzip,
  unaskedGzipOfOther,
  brokenGzip,
  manyCodings,
  gzipBomb,
  ...hugeHeaders,
  oddHeaderBytes,
  ...brokenHeaderLines,
  slowHeaders,
  slowBody,
  neverAccepted,
  silent,
  silentHandshake,
  informationalThenGood,
  unaskedContinue,
  informationalForEver,
  ...resets(),
  closesAfterEach,
  resetsWhenUsedAgain,
  ...notHttp,
  plainHttp,
  ...oddStatuses,
  switchingProtocols,
  ...noChallenges,
  ...brokenChallenges,
  ...neverSatisfied,
  neverWideEnough,
  pingPong,
  wanderingRealm,
  ...hiddenPrivate,
  foreignRealm,
  foreignRealmForAnyone,
  ...badRealms,
  ...forbiddenRealmAddresses,
  nameOfThisMachine,
  ...brokenTokenServers,
  failingTokenServer,
  limitedTokenServer,
  silentTokenServer,
  endlessTokenServer,
  ...redirectingTokenServers,
  ...badTokens,
  giantToken,
  oddServiceValue,
  ...oddScopes,
  ...oddLifetimes,
  ...endlessRedirects,
  ...nowhereRedirects,
  redirectAbroadAndBack,
  ...forbiddenRedirects,
  redirectToOtherPort,
  redirectToOtherHost,
  redirectToPlainHttp,
  foreignChallenge,
  expiredOnce,
  expiredAlways,
  ...leavingLinks,
  ...noLinks,
  ...loopingLinks,
  twoLinks,
  ...oddTags,
  ...noTagLists,
  millionTags,
  repeatedTags,
  hugeTagPage,
  samePageForEver,
  newPageForEver,
  ...oddPauses,
  limitedWithPage,
  pullQuota,
  flapping,
  flappingDigest,
  storagePathInError,
  ...oddErrors,
  errorWithSuccess,
  limitedWithServerError,
  unauthorizedWithNotFound,
  unknownWithBadRequest,
  twoBodies,
  flippingTag,
  missingChild,
  childOfOtherKind,
  ...oddConfigs,
  rootfsMismatch,
  historyMismatch,
  giantConfig,
  endlessConfig,
  foreignConfig,
  layerUrls,
  wrongName,
  expiredCertificate,
  unknownAuthority,
  captivePortal,
  nakedPortal,
];
