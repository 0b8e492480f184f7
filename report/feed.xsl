<?xml version="1.0" encoding="UTF-8"?>
<!-- The scans as an Atom feed (RFC 4287), from the tree of site_feed.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns="http://www.w3.org/2005/Atom">
<xsl:output method="xml" encoding="UTF-8" indent="yes"/>
<xsl:template match="/scans">
	<feed>
		<title><xsl:value-of select="@title"/></title>
		<id><xsl:value-of select="@id"/></id>
		<updated><xsl:value-of select="scan[1]/@finished"/></updated>
		<author><name><xsl:value-of select="@author"/></name></author>
		<generator version="{@version}">danescan</generator>
		<xsl:if test="@licence"><rights><xsl:value-of select="@licence"/></rights></xsl:if>
		<xsl:if test="@url">
			<link rel="self" href="{@url}feed.atom"/>
			<link rel="alternate" type="text/html" href="{@url}"/>
		</xsl:if>
		<xsl:for-each select="scan">
			<entry>
				<title><xsl:value-of select="concat('Scan ', @scan, ' of ', substring(@started, 1, 10), ': ', @share, ' of signed mail domains have correct DANE')"/></title>
				<id><xsl:value-of select="@id"/></id>
				<updated><xsl:value-of select="@finished"/></updated>
				<link rel="alternate" type="text/html" href="{@href}"/>
				<summary><xsl:value-of select="@text"/></summary>
			</entry>
		</xsl:for-each>
	</feed>
</xsl:template>
</xsl:stylesheet>
