<?xml version="1.0" encoding="UTF-8"?>
<!-- A page as HTML. What a page is made of: page.c and figure.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
	xmlns:svg="http://www.w3.org/2000/svg" exclude-result-prefixes="svg">
<xsl:output method="html" encoding="UTF-8" indent="no"/>
<xsl:strip-space elements="page body section figure table head row words codes dictionary data menu ul"/>
<xsl:variable name="page" select="/page"/>
<xsl:variable name="nl" select="'&#10;'"/>

<xsl:template match="/page">
<html lang="en">
<head>
	<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"/>
	<meta name="viewport" content="width=device-width, initial-scale=1"/>
	<meta name="color-scheme" content="light dark"/>
	<meta name="generator" content="danescan {site/@version}"/>
	<title><xsl:call-template name="full-title"/></title>
	<link rel="stylesheet" href="{@root}site.css"/>
	<xsl:if test="not(@alone)">
		<link rel="alternate" type="application/atom+xml" title="Scans" href="{@root}feed.atom"/>
	</xsl:if>
	<script src="{@root}site.js" defer="defer"></script>
</head>
<body>
	<a class="skip" href="#main">To the content</a>
	<header class="top">
		<div class="name">
			<xsl:choose>
				<xsl:when test="@alone"><xsl:value-of select="site/@title"/></xsl:when>
				<xsl:otherwise><a href="{@root}index.html"><xsl:value-of select="site/@title"/></a></xsl:otherwise>
			</xsl:choose>
			<xsl:if test="site/@publisher"><span class="by"><xsl:value-of select="site/@publisher"/></span></xsl:if>
		</div>
		<xsl:apply-templates select="menu"/>
	</header>
	<main id="main">
		<xsl:apply-templates select="scan"/>
		<xsl:apply-templates select="body/headline | body/lede"/>
		<xsl:call-template name="contents"/>
		<xsl:apply-templates select="body/node()[not(self::headline or self::lede)]"/>
	</main>
	<xsl:call-template name="footer"/>
</body>
</html>
</xsl:template>

<xsl:template name="full-title">
	<xsl:value-of select="/page/@title"/>
	<xsl:if test="/page/@key"><xsl:text> </xsl:text><xsl:value-of select="/page/@key"/></xsl:if>
	<xsl:text> · </xsl:text><xsl:value-of select="/page/site/@title"/>
	<xsl:if test="/page/@by = 'scan' and /page/@root != /page/@base">
		<xsl:text> · scan </xsl:text><xsl:value-of select="/page/scan/@id"/>
	</xsl:if>
</xsl:template>

<xsl:template match="menu">
	<nav aria-label="Pages">
		<ul>
			<xsl:for-each select="item">
				<li><a href="{@href}">
					<xsl:if test="@current"><xsl:attribute name="aria-current"><xsl:value-of select="@current"/></xsl:attribute></xsl:if>
					<xsl:value-of select="."/>
				</a></li>
			</xsl:for-each>
		</ul>
	</nav>
</xsl:template>

<!-- Which scan this is about; the same words for as long as the page stays. -->
<xsl:template match="scan">
	<p class="scan">
		<xsl:choose>
			<xsl:when test="/page/@root != /page/@base">Permanent page of scan </xsl:when>
			<xsl:otherwise>Scan </xsl:otherwise>
		</xsl:choose>
		<strong><xsl:value-of select="@id"/></strong>
		<xsl:if test="@label"> “<bdi><xsl:value-of select="@label"/></bdi>”</xsl:if>
		<xsl:text> · </xsl:text>
		<time datetime="{substring(@started, 1, 10)}"><xsl:value-of select="substring(@started, 1, 10)"/></time>
		<xsl:text> · </xsl:text>
		<xsl:value-of select="format-number(@domains, '#,##0')"/> domains
		<xsl:if test="not(/page/@alone)">
			<xsl:text> · </xsl:text>
			<xsl:choose>
				<xsl:when test="/page/@root != /page/@base"><a href="{/page/@root}index.html">newest scan</a></xsl:when>
				<xsl:otherwise><a href="{@href}">permanent address</a></xsl:otherwise>
			</xsl:choose>
			<xsl:text> · </xsl:text><a href="{/page/@root}scans/index.html">all scans</a>
		</xsl:if>
	</p>
</xsl:template>

<xsl:template name="footer">
	<footer>
		<p>
			<xsl:if test="site/@publisher"><xsl:text>Published by </xsl:text><xsl:value-of select="site/@publisher"/><xsl:text>. </xsl:text></xsl:if>
			<xsl:if test="site/@contact"><xsl:text>Contact, corrections, opt-out: </xsl:text><xsl:call-template name="contact"/><xsl:text>. </xsl:text></xsl:if>
			<xsl:if test="site/@licence"><xsl:text>Licence: </xsl:text><xsl:value-of select="site/@licence"/><xsl:text>. </xsl:text></xsl:if>
		</p>
		<xsl:if test="not(@alone)">
			<p><a href="{@base}method/index.html">Method and caveats</a> · <a href="{@base}data/index.html">Data</a> ·
			<a href="{@root}codes/index.html">Codes</a> · <a href="{@root}scans/index.html">All scans</a> · <a href="{@root}feed.atom">Feed</a></p>
		</xsl:if>
		<p>Made by danescan <xsl:value-of select="site/@version"/> from its database. All times are UTC.</p>
	</footer>
</xsl:template>

<xsl:template name="contact">
	<xsl:variable name="contact" select="/page/site/@contact"/>
	<xsl:choose>
		<xsl:when test="starts-with($contact, 'https://') or starts-with($contact, 'http://')">
			<a href="{$contact}"><xsl:value-of select="$contact"/></a>
		</xsl:when>
		<xsl:when test="contains($contact, '@') and not(contains($contact, ' '))">
			<a href="mailto:{$contact}"><xsl:value-of select="$contact"/></a>
		</xsl:when>
		<xsl:otherwise><xsl:value-of select="$contact"/></xsl:otherwise>
	</xsl:choose>
</xsl:template>
<xsl:template match="contact"><xsl:call-template name="contact"/></xsl:template>

<!-- A way through a long page. -->
<xsl:template name="contents">
	<xsl:if test="count(body/section) &gt; 2">
		<nav class="contents" aria-label="On this page">
			<ul>
				<xsl:for-each select="body/section">
					<li><a href="#{@id}"><xsl:value-of select="@title"/></a></li>
				</xsl:for-each>
			</ul>
		</nav>
	</xsl:if>
</xsl:template>

<!-- Text -->

<xsl:template match="headline"><h1><xsl:apply-templates/></h1></xsl:template>
<xsl:template match="lede"><p class="lede"><xsl:apply-templates/></p></xsl:template>
<xsl:template match="name"><bdi><xsl:apply-templates/></bdi></xsl:template>
<xsl:template match="p | ul | li | code | strong | a | details | summary | dl | dt | dd">
	<xsl:element name="{name()}">
		<xsl:copy-of select="@href | @class"/>
		<xsl:apply-templates/>
	</xsl:element>
</xsl:template>
<xsl:template match="section">
	<section id="{@id}">
		<h2><a class="anchor" href="#{@id}"><xsl:value-of select="@title"/></a></h2>
		<xsl:apply-templates/>
	</section>
</xsl:template>

<!-- Figures -->

<xsl:template match="figure[@as = 'strip']">
	<div class="strip" id="{@id}" role="group" aria-label="{@title}">
		<xsl:apply-templates select="table/row" mode="strip"/>
	</div>
	<p class="files"><xsl:call-template name="files"/></p>
</xsl:template>

<xsl:template match="row" mode="strip">
	<xsl:variable name="share" select="c[@name = 'share']"/>
	<xsl:variable name="total" select="c[@name = 'total']"/>
	<xsl:variable name="unit" select="c[@name = 'unit']"/>
	<xsl:variable name="meaning" select="c[@name = 'total_meaning']"/>
	<div class="card">
		<p class="what"><xsl:value-of select="c[@name = 'meaning']"/></p>
		<p class="big">
			<xsl:choose>
				<xsl:when test="$share != '–'"><xsl:value-of select="$share"/></xsl:when>
				<xsl:otherwise><xsl:value-of select="c[@name = 'value']"/></xsl:otherwise>
			</xsl:choose>
		</p>
		<p class="of">
			<xsl:if test="$total != '–'">
				<xsl:value-of select="c[@name = 'value']"/> of <xsl:value-of select="$total"/>
				<xsl:text> </xsl:text>
			</xsl:if>
			<!-- The words for the denominator mostly begin with the unit. -->
			<xsl:choose>
				<xsl:when test="$meaning = '–'"><xsl:value-of select="$unit"/></xsl:when>
				<xsl:when test="starts-with($meaning, $unit)"><xsl:value-of select="$meaning"/></xsl:when>
				<xsl:otherwise><xsl:value-of select="concat($unit, ': ', $meaning)"/></xsl:otherwise>
			</xsl:choose>
		</p>
		<p class="change">
			<xsl:call-template name="delta"><xsl:with-param name="which" select="'previous'"/><xsl:with-param name="words" select="'since the last scan'"/></xsl:call-template>
			<xsl:call-template name="delta"><xsl:with-param name="which" select="'year'"/><xsl:with-param name="words" select="'in a year'"/></xsl:call-template>
		</p>
	</div>
</xsl:template>

<xsl:template name="delta">
	<xsl:param name="which"/>
	<xsl:param name="words"/>
	<xsl:variable name="points" select="c[@name = concat($which, '_share')]"/>
	<xsl:variable name="count" select="c[@name = concat($which, '_value')]"/>
	<xsl:if test="$points != '–' or $count != '–'">
		<span>
			<xsl:if test="$points != '–'"><xsl:value-of select="$points"/></xsl:if>
			<xsl:if test="$points != '–' and $count != '–'">, </xsl:if>
			<xsl:if test="$count != '–'"><xsl:value-of select="$count"/></xsl:if>
			<xsl:text> </xsl:text><xsl:value-of select="$words"/>
		</span>
	</xsl:if>
</xsl:template>

<xsl:template match="figure">
	<figure id="{@id}">
		<figcaption>
			<xsl:choose>
				<xsl:when test="ancestor::section"><h3><xsl:call-template name="figure-title"/></h3></xsl:when>
				<xsl:otherwise><h2><xsl:call-template name="figure-title"/></h2></xsl:otherwise>
			</xsl:choose>
			<p class="subtitle"><xsl:value-of select="@subtitle"/></p>
		</figcaption>
		<xsl:copy-of select="svg:svg"/>
		<xsl:apply-templates select="table"/>
		<p class="files"><xsl:call-template name="files"/></p>
		<xsl:apply-templates select="words"/>
	</figure>
</xsl:template>

<xsl:template name="figure-title">
	<a class="anchor" href="#{@id}"><xsl:value-of select="@title"/></a>
</xsl:template>

<xsl:template name="files">
	<xsl:text>Data: </xsl:text>
	<a href="{@csv}" aria-label="{@title}: CSV">CSV</a>
	<xsl:text> · </xsl:text>
	<a href="{@json}" aria-label="{@title}: JSON">JSON</a>
	<xsl:if test="@svg">
		<xsl:text> · chart: </xsl:text>
		<a href="{@svg}" aria-label="{@title}: SVG">SVG</a>
	</xsl:if>
	<xsl:if test="@about">
		<xsl:text> · </xsl:text>
		<a href="{@about}" aria-label="{@title}: what the columns mean">what the columns mean</a>
	</xsl:if>
</xsl:template>

<xsl:template match="table[@fold]">
	<details><summary><xsl:value-of select="@fold"/></summary><xsl:call-template name="table"/></details>
</xsl:template>
<xsl:template match="table"><xsl:call-template name="table"/></xsl:template>

<xsl:template name="table">
	<div class="scroll" role="region" tabindex="0" aria-label="Table: {../@title}">
		<table>
			<xsl:if test="@stack"><xsl:attribute name="class">stack</xsl:attribute></xsl:if>
			<thead><tr>
				<xsl:for-each select="head/c">
					<th scope="col" class="{@k}"><xsl:if test="@help"><xsl:attribute name="title"><xsl:value-of select="@help"/></xsl:attribute></xsl:if>
					<xsl:value-of select="."/></th>
				</xsl:for-each>
			</tr></thead>
			<tbody>
				<xsl:apply-templates select="row"/>
			</tbody>
		</table>
	</div>
	<xsl:if test="@all">
		<p class="more">The first <xsl:value-of select="format-number(@shown, '#,##0')"/> of
		<xsl:text> </xsl:text><xsl:value-of select="format-number(@all, '#,##0')"/> rows;
		<a href="{../@csv}">all of them as CSV</a>.</p>
	</xsl:if>
</xsl:template>

<xsl:template match="row">
	<xsl:value-of select="$nl"/>
	<tr><xsl:apply-templates select="c"/></tr>
</xsl:template>

<!-- The first cell that is no number names the row, unless the table says which. -->
<xsl:template match="c">
	<xsl:variable name="names" select="../../@names"/>
	<xsl:choose>
		<xsl:when test="@name = $names or not($names) and @k != 'n' and not(preceding-sibling::c[@k != 'n'])">
			<th scope="row" class="{@k}"><xsl:call-template name="cell"/></th>
		</xsl:when>
		<xsl:otherwise>
			<td class="{@k}">
				<!-- Where its column has no heading above it: on a telephone. -->
				<xsl:if test="../../@stack">
					<xsl:variable name="place" select="position()"/>
					<xsl:attribute name="data-label"><xsl:value-of select="../../head/c[$place]"/></xsl:attribute>
				</xsl:if>
				<xsl:call-template name="cell"/>
			</td>
		</xsl:otherwise>
	</xsl:choose>
</xsl:template>

<xsl:template name="cell">
	<xsl:choose>
		<xsl:when test="@href"><a href="{@href}"><bdi><xsl:value-of select="."/></bdi></a></xsl:when>
		<xsl:when test="@k = 'n' or @k = 'time' or . = '–'"><xsl:value-of select="."/></xsl:when>
		<xsl:otherwise><bdi><xsl:value-of select="."/></bdi></xsl:otherwise>
	</xsl:choose>
</xsl:template>

<!-- Explanations -->

<xsl:template match="words[not(word)]"/>
<xsl:template match="words">
	<details class="words">
		<summary>What the codes mean, and what to do</summary>
		<dl><xsl:for-each select="word">
			<dt><a href="{@href}"><code><xsl:value-of select="@label"/></code></a></dt>
			<xsl:call-template name="word"/>
		</xsl:for-each></dl>
	</details>
</xsl:template>

<xsl:template name="word">
	<dd>
		<xsl:value-of select="@meaning"/>
		<xsl:if test="@section != ''"><xsl:text> </xsl:text><span class="rfc"><xsl:value-of select="@section"/></span></xsl:if>
		<xsl:if test="@remedy != ''"><br/><strong>What to do: </strong><xsl:value-of select="@remedy"/></xsl:if>
	</dd>
</xsl:template>

<xsl:key name="kind" match="codes/word" use="@kind"/>
<xsl:template match="codes">
	<xsl:for-each select="word[generate-id() = generate-id(key('kind', @kind)[1])]">
		<xsl:variable name="kind" select="@kind"/>
		<section>
			<h2><xsl:value-of select="concat(translate(substring($kind, 1, 1), 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), substring($kind, 2))"/></h2>
			<dl><xsl:for-each select="key('kind', $kind)">
				<dt><xsl:copy-of select="@id"/><code><xsl:value-of select="@label"/></code></dt>
				<xsl:call-template name="word"/>
			</xsl:for-each></dl>
		</section>
	</xsl:for-each>
</xsl:template>

<!-- Lists of the data page -->

<xsl:template match="dictionary">
	<xsl:for-each select="data">
		<details class="data" id="data-{@name}">
			<summary><code><xsl:value-of select="@name"/></code><xsl:text> </xsl:text><xsl:value-of select="@title"/>
			<xsl:choose>
				<xsl:when test="@rows = 1"> (1 row)</xsl:when>
				<xsl:when test="@rows"> (<xsl:value-of select="format-number(@rows, '#,##0')"/> rows)</xsl:when>
				<xsl:otherwise> (a file for each <xsl:value-of select="@by"/>)</xsl:otherwise>
			</xsl:choose></summary>
			<xsl:if test="@file"><p><a href="{@file}.csv" aria-label="{@name}: CSV">CSV</a> · <a href="{@file}.json" aria-label="{@name}: JSON">JSON</a></p></xsl:if>
			<div class="scroll" id="columns-{@name}" role="region" tabindex="0" aria-label="Columns of {@name}">
				<table>
					<thead><tr><th scope="col" class="code">Column</th><th scope="col" class="text">Type</th><th scope="col" class="text">Meaning</th></tr></thead>
					<tbody><xsl:for-each select="column">
						<tr><th scope="row" class="code"><xsl:value-of select="@name"/></th><td class="text"><xsl:value-of select="@type"/></td><td class="long"><xsl:value-of select="@help"/></td></tr>
					</xsl:for-each></tbody>
				</table>
			</div>
		</details>
	</xsl:for-each>
</xsl:template>

<xsl:template match="notices">
	<ul class="links notices"><xsl:for-each select="notice">
		<li><a href="{@href}"><xsl:choose>
			<xsl:when test="@provider"><bdi><xsl:value-of select="@provider"/></bdi></xsl:when>
			<xsl:otherwise>Domains whose broken host is not known</xsl:otherwise>
		</xsl:choose></a></li>
	</xsl:for-each></ul>
</xsl:template>

<xsl:template match="citation">
	<xsl:variable name="who"><xsl:choose>
		<xsl:when test="/page/site/@publisher"><xsl:value-of select="/page/site/@publisher"/></xsl:when>
		<xsl:otherwise><xsl:value-of select="/page/site/@title"/></xsl:otherwise>
	</xsl:choose></xsl:variable>
	<xsl:variable name="day" select="substring(/page/scan/@started, 1, 10)"/>
	<xsl:variable name="where"><xsl:if test="/page/site/@url"><xsl:value-of select="concat(/page/site/@url, 'scans/', /page/scan/@id, '/')"/></xsl:if></xsl:variable>
	<p><xsl:value-of select="$who"/> (<xsl:value-of select="substring($day, 1, 4)"/>): <xsl:value-of select="/page/site/@title"/>, scan <xsl:value-of select="/page/scan/@id"/> of
	<xsl:text> </xsl:text><xsl:value-of select="$day"/>.<xsl:if test="$where != ''"><xsl:text> </xsl:text><xsl:value-of select="$where"/></xsl:if></p>
	<pre class="scroll" tabindex="0"><xsl:text>@misc{dane-scan-</xsl:text><xsl:value-of select="/page/scan/@id"/><xsl:text>,
  author = {{</xsl:text><xsl:value-of select="$who"/><xsl:text>}},
  title  = {</xsl:text><xsl:value-of select="/page/site/@title"/><xsl:text>, scan </xsl:text><xsl:value-of select="/page/scan/@id"/><xsl:text>},
  year   = {</xsl:text><xsl:value-of select="substring($day, 1, 4)"/><xsl:text>},
  month  = {</xsl:text><xsl:value-of select="number(substring($day, 6, 2))"/><xsl:text>},
  note   = {Scan of </xsl:text><xsl:value-of select="$day"/><xsl:text>, </xsl:text><xsl:value-of select="/page/scan/@domains"/><xsl:text> domains},</xsl:text>
	<xsl:if test="$where != ''"><xsl:text>
  url    = {</xsl:text><xsl:value-of select="$where"/><xsl:text>},</xsl:text></xsl:if><xsl:text>
}</xsl:text></pre>
</xsl:template>
</xsl:stylesheet>
